#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The init script and the wrapper smcroute do what old systems expect of them.
. "${0%/*}/../lib.sh"

top=$test_dir/..
[ -d /etc/default ] || skip "there is no /etc/default"

# The running daemon, from the default paths of the build.
init()
{
	"$top/smcroute.init" "$@"
}

running()
{
	smcroutectl -u "$sock" show >/dev/null 2>&1
}

init_script()
{
	mount -t tmpfs tmpfs /etc/default
	echo "mroute from eth0 source $s4 group $g4 to eth1" >"$conf"
	printf '#!/bin/sh\necho up >>%s/startup\n' "$T" >"$T/startup.sh"
	cat >/etc/default/smcroute <<-CONF
		DAEMON=$BUILDDIR/src/smcrouted
		DAEMONCTL=$BUILDDIR/src/smcroutectl
		STARTUP=$T/startup.sh
		SMCROUTED_OPTS="-f $conf -u $sock"
		SMCROUTED_ARGS="-P $pidfile"
		SMCROUTECTL_OPTS="-u $sock"
	CONF

	status 3 init status
	said 'not running'
	status 0 init stop
	status 0 init start
	said 'ok$'
	equal "routes" "eth0 > eth1" "$(mroute $s4 $g4)"
	status 0 init status
	first=$(cat "$pidfile")
	is_gone "$T/startup" || fail "a script that is not executable ran"

	# Runs already.
	status 0 init start
	equal "PID" "$first" "$(cat "$pidfile")"

	: >"$conf"
	status 0 init force-reload
	wait_for gives "" mroute $s4 $g4
	equal "PID" "$first" "$(cat "$pidfile")"

	chmod +x "$T/startup.sh"
	status 0 init restart
	running || fail "does not run"
	[ "$(cat "$pidfile")" != "$first" ] || fail "was not restarted"
	equal "startup" up "$(cat "$T/startup")"

	status 0 init stop
	! running || fail "still runs"
	status 1 init reload
	said 'failed'
	status 2 init
	status 2 init nonsense

	# Its status is that of the daemon, and the hook is not called.
	echo "SMCROUTED_ARGS=-Z" >>/etc/default/smcroute
	status 64 init start
	equal "startup" up "$(cat "$T/startup")"
	# Not installed.
	echo "DAEMON=$T/none" >>/etc/default/smcroute
	status 5 init start
}

is_gone()
{
	! [ -e "$1" ]
}

# The wrapper has the paths of the installation, and no other socket.
wrapper()
{
	sed "s|^sbin=.*|sbin=$T/bin|" "$BUILDDIR/smcroute" >"$T/smcroute"
	chmod +x "$T/smcroute"
	mkdir "$T/bin"
	ln -s "$BUILDDIR/src/smcrouted" "$T/bin"
	printf '#!/bin/sh\nexec %s -u %s "$@"\n' "$BUILDDIR/src/smcroutectl" \
		"$sock" >"$T/bin/smcroutectl"
	chmod +x "$T/bin/smcroutectl"
	: >"$conf"

	status 0 "$T/smcroute" -d -f "$conf" -u "$sock" -P "$pidfile"
	status 0 "$T/smcroute" -a eth0 $s4 $g4 eth1
	equal "added" "eth0 > eth1" "$(mroute $s4 $g4)"
	status 0 "$T/smcroute" -r eth0 $s4 $g4
	equal "removed" "" "$(mroute $s4 $g4)"
	status 0 "$T/smcroute" -j eth0 $g4
	equal "joined" 1 "$(users eth0 $g4)"
	status 1 "$T/smcroute" -j eth0 $g4
	status 0 "$T/smcroute" -l eth0 $g4
	equal "left" 0 "$(users eth0 $g4)"
	status 0 "$T/smcroute" -v
	said ' v[0-9]'
	status 0 "$T/smcroute" -h
	status 1 "$T/smcroute"
	status 1 "$T/smcroute" -x
	status 0 "$T/smcroute" -k
	wait_for is_gone "$pidfile"
	! running || fail "still runs"
}

topology 2
init_script
wrapper
