#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Start and end: exit statuses, one daemon a table, PID file, signals, silence.
. "${0%/*}/../lib.sh"
need perl strace

daemon()
{
	smcrouted -f "$conf" -u "$sock.2" -P "$T/pid2" -i second "$@"
}

is_gone()
{
	! [ -e "$1" ]
}

has()
{
	[ -e "$1" ]
}

no_root()
{
	status 77 unshare -U smcrouted -n -u "$sock" -P "$pidfile"
	said root
	# Also from the parent of one in background.
	status 77 unshare -U smcrouted -u "$sock" -P "$pidfile"
}

# Another daemon has the table; it stays what it was.
busy()
{
	daemon_start
	status 69 daemon -n
	said 'IPv4'
	status 69 daemon
	is_gone "$sock.2" || fail "a socket is left"
	is_gone "$T/pid2" || fail "a PID file is left"
	# The same identity, too.
	status 69 smcrouted -n -f "$conf" -u "$sock" -P "$pidfile" -i test
	equal "the first one's PID" "$daemon_pid" "$(cat "$pidfile")"
	status 0 ctl show
	equal "route" "eth0 > eth1" "$(mroute $s4 $g4)"
	daemon_stop
}

# hold FAMILY: somebody else has its multicast routing (MRT_INIT, MRT6_INIT)
hold()
{
	# shellcheck disable=SC2016
	start holder perl -MSocket -e '
		my ($family, $proto, $level, $option) = $ARGV[0] == 4 ?
			(AF_INET, 2, 0, 200) : (AF_INET6, 58, 41, 200);
		socket(S, $family, SOCK_RAW, $proto) or die "socket: $!";
		setsockopt(S, $level, $option, pack("i", 1)) or die "init: $!";
		$| = 1;
		print "ready\n";
		$SIG{TERM} = sub { exit 0 };
		sleep 1000;' "$1"
}

one_family()
{
	hold 4
	daemon_start
	wait_log 'IPv4.*in use|IPv4.*busy'
	equal "IPv6 alone" "eth0 > eth1" "$(mroute $s6 $g6)"
	equal "IPv4" "" "$(mroute $s4 $g4)"
	start far @h1 mcast capture -i -n 1 eth1 $g6
	on h0 mcast inject -T 5 eth0 $s6 $g6 >/dev/null
	finish far
	status 1 ctl add eth0 $s4 239.2.2.2 eth1
	daemon_stop
	stop holder
	hold 6
	daemon_start
	wait_log 'IPv6.*in use|IPv6.*busy'
	equal "IPv4 alone" "eth0 > eth1" "$(mroute $s4 $g4)"
	daemon_stop
	stop holder
}

no_multicast_routing()
{
	# A leak check cannot run under strace.
	ASAN_OPTIONS=detect_leaks=0 \
		status 76 strace -qq -o /dev/null -e trace=setsockopt \
		-e inject=setsockopt:error=ENOPROTOOPT \
		smcrouted -n -f "$conf" -u "$sock" -P "$pidfile"
	is_gone "$sock" || fail "the socket is left"
}

# Made when ready, touched at reload, again there when it was taken away,
# gone at the end; that of another stays.
pid_file()
{
	daemon_start
	equal "PID" "$daemon_pid" "$(cat "$pidfile")"
	reload
	rm "$pidfile"
	kill -HUP "$daemon_pid"
	wait_for has "$pidfile"
	equal "PID, again" "$daemon_pid" "$(cat "$pidfile")"
	daemon_stop
	is_gone "$pidfile" || fail "the PID file is left"
	is_gone "$sock" || fail "the socket is left"

	daemon_start
	echo 1 >"$pidfile"
	daemon_stop
	equal "another's PID file" 1 "$(cat "$pidfile")"
	rm "$pidfile"

	# What cannot be made is no reason to end.
	mkdir -p "$T/dir"
	smcrouted -n -D 1 -f "$conf" -u "$T/dir" -P "$T/dir" >"$T/output" 2>&1 ||
		fail "no socket, no PID file: $(cat "$T/output")"
	said "$T/dir"
}

signals()
{
	local name
	daemon_start
	for name in USR1 USR2 PIPE; do
		kill "-$name" "$daemon_pid"
	done
	status 0 ctl show
	daemon_wanted=
	kill -INT "$daemon_pid"
	status 0 wait "$daemon_pid"
	equal "routes after SIGINT" 0 "$(mroute_count)"
}

# A second time option -l: the last counts.
levels()
{
	: >"$log"
	daemon_start -l none
	status 1 ctl add none $s4 239.2.2.2 eth1
	echo rubbish >>"$conf"
	reload
	daemon_stop
	equal "-l none" "" "$(cat "$log")"
	daemon_start -l err
	reload
	daemon_stop
	equal "-l err" "" "$(cat "$log")"
	sed -i '$d' "$conf"
	daemon_start -l notice
	daemon_stop
	grep -q 'test\[[0-9]*\]: .*v[0-9]*\.[0-9]' "$log" || fail "no version"
	grep -q 'test\[[0-9]*\]: ready' "$log" || fail "not ready"
	grep -q 'test\[[0-9]*\]: exiting' "$log" || fail "no end"
	# Not a word on stderr with -s.
	: >"$log"
	daemon_start -s
	daemon_stop
	equal "-s" "" "$(cat "$log")"
}

# Identity names the files; -I is -i; nothing exists while it waits.
identity()
{
	local dir
	smcrouted -I other -h >"$T/output"
	said '/other\.conf'
	dir=$(sed -n 's/^IPC socket: *//p' "$T/output")
	dir=${dir%/*}
	mkdir -p "$dir"
	# /run is the test's own already, and holds its files.
	[ "$dir" -ef /run ] || mount -t tmpfs tmpfs "$dir"
	smcrouted -n -I other -d 1 -D 2 -f "$conf" -l info >"$T/other" 2>&1 &
	pids[other]=$!
	wait_for grep -q 'wait' "$T/other"
	is_gone "$dir/other.pid" || fail "PID file before the delay is over"
	is_gone "$dir/other.sock" || fail "socket before the delay is over"
	wait_for has "$dir/other.pid"
	status 0 smcroutectl -I other show
	said "$g4"
	status 0 smcroutectl -i other show
	finish other
	is_gone "$dir/other.pid" || fail "-D left the PID file"
}

topology 2
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1
mroute from eth0 source $s6 group $g6 to eth1
CONF
no_root
busy
one_family
no_multicast_routing
pid_file
signals
levels
identity

# Nothing configured, nothing to read: it serves all the same.
rm "$conf"
daemon_start
status 0 ctl add eth0 $s4 $g4 eth1
equal "without a file" "eth0 > eth1" "$(mroute $s4 $g4)"
: >"$conf"
