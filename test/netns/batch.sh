#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcroutectl -b loses no line, however slow the input and however old the daemon, and is fast.
#
# tags: timing
. "${0%/*}/../lib.sh"
need perl

# Milliseconds since some time.
now()
{
	printf '%s' $((${EPOCHREALTIME/[.,]/} / 1000))
}

# old_daemon HOW: what answers 'B' with a text, with nothing, or by closing,
# reads requests while they are at hand, closes then, and says what it was asked
old_daemon()
{
	cat >"$T/old.pl" <<-'PERL'
		use IO::Socket::UNIX;
		use IO::Select;
		$SIG{PIPE} = "IGNORE";
		$| = 1;
		my ($path, $how) = @ARGV;
		my $listener = IO::Socket::UNIX->new(Local => $path,
			Listen => 1) or die "$path: $!";
		print "ready\n";
		while (my $client = $listener->accept) {
			# closes even before it has looked
			while (IO::Select->new($client)->can_read($n++ ? 0 : 5)) {
				sysread($client, my $header, 16) or last;
				my ($len, $cmd) = unpack("QS", $header);
				sysread($client, my $text, $len - 16);
				$cmd = chr $cmd;
				if ($cmd eq "B") {
					last if $how eq "close";
					syswrite($client, $how eq "text" ?
						"unknown command\0" : "\0");
					next;
				}
				$text =~ tr/\0/ /;
				$text =~ s/ *$//;
				print "$cmd $text\n";
				syswrite($client, $text =~ /bad/ ?
					"bad\0" : "\0");
			}
			$n = 0;
			close $client;
		}
	PERL
	start old perl "$T/old.pl" "$T/old.sock" "$1"
}

old_end()
{
	kill -KILL "${pids[old]}"
	wait "${pids[old]}" 2>/dev/null || true
	unset "pids[old]"
	rm -f "$T/old.sock"
}

# With an old daemon: nothing is lost, nothing is done twice.
old_daemons()
{
	local how i
	for how in text nothing close; do
		old_daemon "$how"
		{
			for i in 1 2 3 4; do
				echo "join eth0 239.1.1.$i"
				sleep 0.2
			done
			echo "join bad 239.1.1.5"
			for i in 6 7 8; do
				echo "join eth0 239.1.1.$i"
			done
		} | status 1 smcroutectl -u "$T/old.sock" -b
		equal "$how: errors" "smcroutectl: line 5: bad" \
			"$(cat "$T/output")"
		equal "$how: requests" "$(printf 'j eth0 239.1.1.%s\n' 1 2 3 4
			echo j bad 239.1.1.5
			printf 'j eth0 239.1.1.%s\n' 6 7 8)" \
			"$(grep '^j' "$T/old.out")"
		old_end
	done
}

words()
{
	status 0 ctl -b <<-LINES
		# a comment
		join   eth0   239.5.5.1

		  join eth0 ff0e::5:1	# and another
		add eth0 $s4 $g4 eth1
	LINES
	equal "said nothing" "" "$(cat "$T/output")"
	equal "joined" "1 1" "$(users eth0 239.5.5.1) $(users eth0 ff0e::5:1)"
	equal "added" "eth0 > eth1" "$(mroute $s4 $g4)"
	printf 'rem eth0 %s %s' $s4 $g4 | status 0 ctl -b
	equal "a line without its end" "" "$(mroute $s4 $g4)"
	status 0 ctl -b </dev/null
}

errors()
{
	{
		echo "join eth0 239.5.6.1"
		echo "join eth0 239.5.6.1"
		echo "shwo"
		echo "join eth0"
		printf 'join \0\n'
		printf 'join %070000d\n' 0
		printf 'join %065500d %065500d\n' 0 0
		echo "join eth0 10.1.1.1"
		echo "join eth0 239.5.6.2"
	} >"$T/lines"
	ctl -b <"$T/lines" 2>"$T/errors" >/dev/null && fail "succeeded"
	grep -Eo 'line [0-9]+: .' "$T/errors" | cut -d: -f1 | xargs >"$T/output"
	equal "lines in error" \
		"line 2 line 3 line 4 line 5 line 6 line 7 line 8" \
		"$(cat "$T/output")"
	equal "all of it" 7 "$(wc -l <"$T/errors")"
	equal "the last" 1 "$(users eth0 239.5.6.2)"
}

# Tables come where they were asked for.
tables()
{
	printf '%s\n' "join eth0 239.5.7.1" "show groups" \
		"leave eth0 239.5.7.1" "show groups" version "show groups" |
		status 0 ctl -t -b
	equal "tables" "1 v 0" "$(awk '/239.5.7.1/ { n++ }
		/^SMCRoute/ { printf "%d v ", n; n = 0 }
		END { print n + 0 }' "$T/output")"
}

# Each line is executed, and its error told, when it comes.
slow_input()
{
	local i
	mkfifo "$T/fifo"
	ctl -b <"$T/fifo" >"$T/slow.out" 2>&1 &
	local client=$!
	exec 8>"$T/fifo"
	for i in 1 2 3 4; do
		echo "join eth0 239.5.8.$i" >&8
		wait_for gives 1 users eth0 "239.5.8.$i"
		sleep 0.2
	done
	echo "join eth0 239.5.8.4" >&8
	wait_for grep -q '^smcroutectl: line 5: ' "$T/slow.out"
	# Others are served meanwhile.
	status 0 ctl show
	exec 8>&-
	local got=0
	wait "$client" || got=$?
	equal "status" 1 "$got"
	rm "$T/fifo"
}

# The daemon ends in the middle: the rest is told to have failed.
lost()
{
	printf '%s\n' "join eth0 239.5.9.1" kill >"$T/lines"
	mkfifo "$T/fifo"
	ctl -b <"$T/fifo" >"$T/lost.out" 2>&1 &
	local client=$!
	exec 8>"$T/fifo"
	cat "$T/lines" >&8
	daemon_wanted=
	wait "$daemon_pid"
	echo "join eth0 239.5.9.2" >&8
	exec 8>&-
	local got=0
	wait "$client" || got=$?
	equal "status" 1 "$got"
	grep -q '^smcroutectl: line 3: daemon not running' "$T/lost.out" ||
		fail "told: $(cat "$T/lost.out")"
	equal "errors" 1 "$(wc -l <"$T/lost.out")"
	rm "$T/fifo"
}

many()
{
	local begin took
	awk 'BEGIN { for (i = 0; i < 10000; i++)
		printf "add eth0 10.%d.%d.1 239.6.6.6 eth1\n",
			i / 256, i % 256 }' >"$T/lines"
	begin=$(now)
	status 0 ctl -b <"$T/lines"
	took=$(($(now) - begin))
	equal "routes" 10000 "$(mroute_count)"
	echo "10,000 adds: $took ms"
	[ "$took" -lt 1000 ] || [ "${WRAPPER:-}" ] ||
		fail "10,000 adds took $took ms"
}

topology 2
old_daemons
daemon_start -l notice
words
errors
tables
slow_input
many
lost
