#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The service manager hears when the daemon is ready, reloads, lives and ends.
. "${0%/*}/../lib.sh"
need perl

# A line for each datagram, its lines joined by blanks.
listener()
{
	start notes perl -MSocket -e '
		$| = 1;
		socket(S, PF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
		bind(S, sockaddr_un($ARGV[0])) or die "bind: $!";
		$SIG{TERM} = sub { exit 0 };
		print "ready\n";
		while (defined recv(S, my $note, 4096, 0)) {
			$note =~ tr/\n/ /;
			print "$note\n";
		}' "$T/notify"
}

# The nth note of a kind.
note()
{
	grep "^$1=" "$T/notes.out" | sed -n "$2p"
}

listener
export NOTIFY_SOCKET=$T/notify
grep -rqs 'define HAVE_LIBSYSTEMD 1' "$BUILDDIR/config.h" "$BUILDDIR/src" ||
	skip "built without libsystemd"
topology 1
WATCHDOG_USEC=400000 daemon_start
wait_for at_least notes '^READY=1 ' 1
equal "ready" 1 "$(lines notes "^READY=1 STATUS=[^=]+ MAINPID=$daemon_pid ?\$")"
# Half of the period, while the daemon lives.
wait_for at_least notes '^WATCHDOG=1' 3
kill -STOP "$daemon_pid"
beats=$(lines notes '^WATCHDOG=1')
# Not a guess: two periods in which a dead daemon is silent.
sleep 0.8
equal "a stopped daemon" "$beats" "$(lines notes '^WATCHDOG=1')"
kill -CONT "$daemon_pid"
wait_for at_least notes '^WATCHDOG=1' $((beats + 1))

# Microseconds, as precise as hundredths of seconds are.
uptime()
{
	local up
	read -r up _ </proc/uptime
	echo "${up/./}0000"
}

before=$(uptime)
reload
wait_for at_least notes '^READY=1 ' 2
reloading=$(note RELOADING 1)
[[ $reloading == "RELOADING=1 STATUS="* ]] || fail "reloading: $reloading"
usec=${reloading##*MONOTONIC_USEC=}
usec=${usec%% *}
if [ "$usec" -lt "$before" ] || [ "$usec" -gt $(($(uptime) + 10000)) ]; then
	fail "MONOTONIC_USEC=$usec, it is $(uptime)"
fi
equal "order" "READY RELOADING READY" "$(grep -o '^R[A-Z]*=' "$T/notes.out" |
	tr -d = | tr '\n' ' ' | sed 's/ $//')"

# A reload that failed ends as well.
mv "$conf" "$conf.away"
status 1 ctl reload
wait_for at_least notes '^READY=1 ' 3
mv "$conf.away" "$conf"

daemon_stop
wait_for at_least notes '^STOPPING=1 STATUS=' 1
equal "the last word" 1 "$(tail -n 1 "$T/notes.out" | grep -c '^STOPPING=1')"

# Without a period there is no watchdog.
before=$(lines notes '^WATCHDOG=1')
daemon_start -D 1
daemon_wanted=
wait "$daemon_pid"
wait_for at_least notes '^STOPPING=1 ' 2
equal "watchdog" "$before" "$(lines notes '^WATCHDOG=1')"
stop notes
