#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The service manager is told of start, reload and end; the unit is as systems expect it.
. "${0%/*}/../lib.sh"
need perl make

# Each message is a line of $T/manager.out, its parts between bars.
manager()
{
	cat >"$T/manager.pl" <<-'PERL'
		use Socket;
		$| = 1;
		socket(S, PF_UNIX, SOCK_DGRAM, 0) or die;
		bind(S, sockaddr_un($ARGV[0])) or die "$ARGV[0]: $!";
		print "ready\n";
		while (defined recv(S, my $text, 4096, 0)) {
			$text =~ tr/\n/|/;
			print "$text\n";
		}
	PERL
	start manager perl "$T/manager.pl" "$T/notify"
}

# told REGEX COUNT
told()
{
	wait_for gives "$2" lines manager "$1"
}

# Microseconds of the steady clock, to hundredths of a second.
uptime()
{
	local up
	read -r up _ </proc/uptime
	echo "${up/./}0000"
}

# With the time of the reload, which the manager compares with its own clock.
timed()
{
	local usec
	usec=$(sed -n 's/^RELOADING=1|.*|MONOTONIC_USEC=\([0-9]*\)|.*/\1/p' \
		"$T/manager.out")
	if [ "$usec" -lt "$1" ] || [ "$usec" -gt $(($(uptime) + 10000)) ]; then
		fail "MONOTONIC_USEC=$usec, it is $(uptime)"
	fi
}

notify()
{
	local before
	if ! built_with HAVE_LIBSYSTEMD; then
		echo "built without libsystemd"
		return
	fi
	echo "mroute from none group 239.1.1.1" >"$conf"
	manager
	NOTIFY_SOCKET=$T/notify WATCHDOG_USEC=200000 daemon_start
	told "^READY=1\\|STATUS=Ready, 1 route, 0 groups\\|MAINPID=$daemon_pid\\|" 1
	# It is alive.
	wait_for at_least manager '^WATCHDOG=1' 3

	before=$(uptime)
	kill -HUP "$daemon_pid"
	told '^RELOADING=1\|STATUS=[^|]+\|MONOTONIC_USEC=[0-9]+\|' 1
	told '^READY=1' 2
	timed "$before"
	ctl reload
	told '^RELOADING=1' 2
	told '^READY=1' 3
	# Also when it cannot: the manager would wait for ever.
	mv "$conf" "$conf.away"
	status 1 ctl reload
	told '^READY=1' 4
	mv "$conf.away" "$conf"

	equal "stopping before the end" 0 "$(lines manager '^STOPPING')"
	daemon_stop
	told '^STOPPING=1' 1
	equal "order" "READY RELOADING READY RELOADING READY RELOADING READY STOPPING" \
		"$(grep -Eo '^(READY|RELOADING|STOPPING)' "$T/manager.out" | xargs)"

	# Nobody asks whether it is alive: it does not say so.
	before=$(lines manager '^WATCHDOG=1')
	NOTIFY_SOCKET=$T/notify daemon_start
	told '^READY=1' 5
	# Not a guess: as long as three of the above take.
	sleep 0.3
	daemon_stop
	told '^STOPPING=1' 2
	equal "watchdog that is off" "$before" "$(lines manager '^WATCHDOG=1')"
	kill "${pids[manager]}"
	wait "${pids[manager]}" || true
}

unit()
{
	local line sbin sysconf type=simple
	make -s -C "$BUILDDIR" smcroute.service >/dev/null ||
		fail "the unit cannot be made"
	if built_with HAVE_LIBSYSTEMD; then
		type=notify
	fi
	sbin=$(sed -n 's/^ExecReload=\(.*\)\/smcroutectl reload$/\1/p' \
		"$BUILDDIR/smcroute.service")
	sysconf=$(sed -n 's/^EnvironmentFile=-\(.*\)\/default\/smcroute$/\1/p' \
		"$BUILDDIR/smcroute.service")
	case $sbin:$sysconf in
	/*:/*) ;;
	*) fail "paths of the unit: '$sbin', '$sysconf'" ;;
	esac
	# shellcheck disable=SC2016
	for line in "Type=$type" NotifyAccess=main \
		After=network-online.target Requires=network-online.target \
		"ExecStart=$sbin/smcrouted -n -s \$SMCROUTED_OPTS \$SMCROUTED_ARGS" \
		NoNewPrivileges=true ProtectControlGroups=true \
		ProtectSystem=full ProtectHome=true \
		WantedBy=multi-user.target
	do
		grep -qxF "$line" "$BUILDDIR/smcroute.service" ||
			fail "not in the unit: $line"
	done
	if grep -q @ "$BUILDDIR/smcroute.service"; then
		fail "not replaced: $(grep @ "$BUILDDIR/smcroute.service")"
	fi
}

topology 1
unit
notify
