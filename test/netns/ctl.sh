#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon answers every client and outlives the bad ones; statuses are as documented.
. "${0%/*}/../lib.sh"
need perl

# raw: the answer to the bytes on stdin, after which nothing more is sent
raw()
{
	perl -MSocket -e '
		$SIG{PIPE} = "IGNORE";
		$SIG{ALRM} = sub { print "no end"; exit };
		socket(S, PF_UNIX, SOCK_STREAM, 0) or die;
		connect(S, sockaddr_un($ARGV[0])) or die "connect: $!";
		undef $/;
		syswrite(S, <STDIN>);
		shutdown(S, 1);
		alarm 20;
		while (sysread(S, my $got, 65536)) { print $got }
	' "$sock" | tr '\0' '\n'
}

# request LETTER WORD...: as the client makes it; LEN and COUNT override
request()
{
	perl -e '
		my ($cmd, @args) = @ARGV;
		my $text = join("", map { "$_\0" } @args) . "\0";
		my $len = $ENV{LEN} // 16 + length $text;
		my $count = $ENV{COUNT} // @args;
		print pack("QSSx4", $len, ord $cmd, $count), $text;
	' "$@"
}

# The daemon answers, and forwards.
unharmed()
{
	equal "$1: show" "eth1" \
		"$(json '.routes.ssm[0].oifs | join(" ")')"
	start far @h1 mcast capture -i -n 1 eth1 $g4
	on h0 mcast inject -T 5 eth0 $s4 $g4 >/dev/null
	finish far
	equal "$1: forwarding" 4 "$(ttls far)"
}

programs()
{
	local name
	for name in smcrouted smcroutectl; do
		status 0 $name -v
		sed -n 1p "$T/output" | grep -Eq '^[^ ]+ v[0-9]+\.[0-9]+\.[0-9]+' ||
			fail "$name -v: $(cat "$T/output")"
		status 0 $name -h
		said '^[Uu]sage:'
	done
	status 0 smcrouted -i foo -h
	said '/foo\.conf'
	said '/foo\.pid'
	said '/foo\.sock'
	status 0 smcrouted -h -i foo
	said '/smcroute\.conf'
	status 64 smcrouted -Z
	status 64 smcrouted -t -1
	status 78 smcrouted -F "$T/none.conf"
	status 1 smcroutectl -Z
	status 0 ctl version
	status 0 ctl help
	status 0 ctl help add
	said 'add'
	status 64 ctl shwo
	said 'show'
	status 1 ctl add eth0
	status 1 ctl join eth0
}

no_daemon()
{
	status 1 ctl show
	said "$sock"
	smcroutectl -i nowhere show >"$T/output" 2>&1 && fail "nowhere answers"
	said 'nowhere\.sock'
	said '-i'
	# Somebody was there.
	perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0) or die;
		bind(S, sockaddr_un($ARGV[0])) or die $!' "$sock"
	status 1 ctl show
	said 'not running'
	rm "$sock"
}

commands()
{
	equal "nothing to show" "" "$(ctl show)"
	status 0 ctl add eth0 $s4 $g4 eth1
	equal "visible at once" "eth0 > eth1" "$(mroute $s4 $g4)"
	status 1 ctl add none $s4 $g4 eth1
	said none
	status 1 ctl add eth0 $s4 198.18.1.9 eth1
	status 1 ctl add eth0 $s4 $g6 eth1
	status 1 ctl add eth0 $s6 $g4 eth1
	status 1 ctl add eth0 $s4/33 $g4 eth1
	status 1 ctl add eth0 $s4 $g4/99 eth1
	status 1 ctl add eth0 $s4 $g4/x eth1
	status 1 ctl add eth0 $s4 239.1.1 eth1
	status 1 ctl remove eth0 $s4 239.99.1.1
	status 1 ctl remove eth0 $s4 $g4 none
	equal "remove of what is unknown" "eth0 > eth1" "$(mroute $s4 $g4)"
	status 0 ctl s
	said "^\\($s4, $g4\\) +eth0 +eth1\$"
	equal "without headings" 2 "$(ctl -t show | wc -l)"
	equal "rule and entry" 2 "$(ctl -t show | grep -c "$s4")"
	equal "first line of a table" \
		"$(printf '%079d' 0 | tr 0 _)" "$(ctl -p show | sed -n 1p)"
	ctl -d s i | grep -Eq '^ +[0-9]+ +eth0 +0 +0$' ||
		fail "show interfaces: $(ctl show interfaces)"
	equal "no control characters" 0 \
		"$(ctl show | grep -c "$(printf '\033')" || true)"
	status 0 ctl rem eth0 $s4 $g4
	equal "removed" "" "$(mroute $s4 $g4)"
	status 0 ctl join eth0 $g4
	status 0 ctl show groups
	said "^\\(\\*, $g4\\) +eth0"
	status 0 ctl leave eth0 $g4
	status 0 ctl add eth0 $s4 $g4 eth1
}

bad_requests()
{
	local n

	request a eth0 | head -c 7 | raw >/dev/null
	unharmed "half a header"
	LEN=0 request s | raw >/dev/null
	LEN=15 request s | raw >/dev/null
	unharmed "length 0"
	LEN=99999999 request s | raw >/dev/null
	LEN=18446744073709551615 request s | raw >/dev/null
	unharmed "huge length"
	COUNT=65535 request a eth0 $g4 eth1 | raw >/dev/null
	COUNT=1 request a eth0 $s4 239.3.3.3 eth1 | raw >/dev/null
	equal "a count that does not fit" "" "$(mroute $s4 239.3.3.3)"
	LEN=40 request a eth0 239.3.3.3 | raw >/dev/null
	unharmed "a request cut off"
	request '~' | raw | grep -q . || fail "no reply to an unknown letter"
	request a '' '' '' | raw | grep -q . || fail "no reply to empty words"
	head -c 300000 /dev/urandom | raw >/dev/null || true
	unharmed "noise"
	# Two in one go are answered in order.
	{
		request j eth0 239.3.3.4
		request j eth0 239.3.3.4
		request l eth0 239.3.3.4
	} | raw >"$T/answer"
	equal "answers" 1 "$(grep -c . "$T/answer")"
	equal "left again" 0 "$(users eth0 239.3.3.4)"
	unharmed "three requests"
	for ((n = 0; n < 20; n++)); do
		ctl add eth0 198.18.1.$n 239.8.8.8 eth1
	done
}

# Clients that say nothing, never read or go away before the answer.
bad_clients()
{
	local n
	perl -MSocket -MIO::Handle -e '
		$| = 1;
		$SIG{PIPE} = "IGNORE";	# the daemon may well have enough
		my @s;
		for (1 .. 10) {
			socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die;
			connect($s, sockaddr_un($ARGV[0])) or die;
			push @s, $s;
		}
		# Half of them ask a thousand times and do not read.
		for my $s (@s[0 .. 4]) {
			$s->blocking(0);
			for (1 .. 1000) {
				last unless syswrite($s, pack("QSSx4C", 17,
					ord "S", 0, 0), 17);
			}
		}
		print "ready\n";
		sleep 1000;
	' "$sock" >"$T/clients.out" 2>"$T/clients.err" &
	pids[clients]=$!
	wait_for is_ready clients
	for ((n = 0; n < 100; n++)); do
		status 0 ctl show
	done
	unharmed "silent clients"
	kill -KILL "${pids[clients]}"
	wait "${pids[clients]}" 2>/dev/null || true
	unset "pids[clients]"
	for ((n = 0; n < 50; n++)); do
		request S | perl -MSocket -e '
			$SIG{PIPE} = "IGNORE";
			socket(S, PF_UNIX, SOCK_STREAM, 0) or die;
			connect(S, sockaddr_un($ARGV[0])) or die;
			undef $/;
			syswrite(S, <STDIN>);' "$sock"
	done
	unharmed "clients that went away"
}

is_gone()
{
	! [ -e "$1" ]
}

ends()
{
	local got=0
	# A second one on the same socket does no harm.
	status 69 smcrouted -n -f "$conf" -u "$sock" -P "$T/second.pid" -i test
	unharmed "a second instance"

	daemon_wanted=
	status 0 ctl kill
	wait "$daemon_pid" || got=$?
	equal "status after kill" 0 "$got"
	equal "kernel after kill" 0 "$(mroute_count)"
	is_gone "$sock" || fail "the socket is still there"
	is_gone "$pidfile" || fail "the PID file is still there"

	# What a killed one left behind is no obstacle.
	echo "mroute from eth0 source $s4 group $g4 to eth1" >"$conf"
	daemon_start
	daemon_kill
	daemon_start -N -s
	unharmed "after kill -9"
	daemon_stop

	status 0 smcrouted -n -D 1 -f "$conf" -u "$sock" -P "$pidfile"
	is_gone "$sock" || fail "-D left the socket"
}

background()
{
	status 0 smcrouted -f conf -u sock -P "$pidfile"
	equal "ready when the parent returns" "eth0 > eth1" "$(mroute $s4 $g4)"
	unharmed "in background"
	status 0 ctl kill
	wait_for is_gone "$pidfile"
	equal "kernel after kill" 0 "$(mroute_count)"
}

topology 2
programs
no_daemon
daemon_start
commands
bad_requests
bad_clients
ends
# Relative paths are those of the caller.
cd "$T"
background
