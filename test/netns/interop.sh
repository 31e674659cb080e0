#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Our client drives the daemon of SMCRoute 2.5, and its client drives our daemon.
#
# The programs are those of Debian's package: test/interop-get puts them where
# INTEROP says (BUILDDIR/interop).
. "${0%/*}/../lib.sh"

# is_old DIRECTORY: it has the programs, and they run here
is_old()
{
	"$1/smcroutectl" -v 2>/dev/null | grep -q '^SMCRoute v2\.5\.' &&
		"$1/smcrouted" -v >/dev/null 2>&1
}

old=${INTEROP:-$BUILDDIR/interop}/usr/sbin
is_old "$old" || old=/usr/sbin
is_old "$old" || skip "smcrouted 2.5 is not there, see test/interop-get"

# drive: a client, which is "$@", does all it can to a daemon
drive()
{
	local i
	status 0 "$@" add eth0 $s4 $g4 eth1 eth2
	equal "added" "eth0 > eth1 eth2" "$(mroute $s4 $g4)"
	status 0 "$@" add eth0 $s6 $g6 eth1
	equal "added" "eth0 > eth1" "$(mroute $s6 $g6)"
	status 0 "$@" -t show
	said "^\\($s4, $g4\\) +eth0 +eth1 +eth2"
	status 0 "$@" -t -d show routes
	said "^\\($s6, $g6\\) +eth0 .* 0 +0 +eth1"
	status 0 "$@" show interfaces
	said '^ +[0-9]+ +eth0 +[0-9]+ +[0-9]+'
	status 0 "$@" remove eth0 $s4 $g4
	equal "removed" "" "$(mroute $s4 $g4)"
	status 0 "$@" add eth0 239.7.0.0/16 eth1
	on h0 mcast inject -T 5 eth0 $s4 239.7.1.2 >/dev/null
	wait_for gives "eth0 > eth1" mroute $s4 239.7.1.2

	status 0 "$@" join eth0 239.8.8.1
	status 0 "$@" join eth0 $s4 239.8.8.2
	status 0 "$@" join eth0 ff0e::88
	equal "joined" "1 1 1" \
		"$(users eth0 239.8.8.1) $(users eth0 239.8.8.2) $(users eth0 ff0e::88)"
	status 0 "$@" show groups
	said "^\\($s4, 239\\.8\\.8\\.2\\) +eth0"
	status 0 "$@" leave eth0 239.8.8.1
	status 0 "$@" leave eth0 $s4 239.8.8.2
	equal "left" "0 0" "$(users eth0 239.8.8.1) $(users eth0 239.8.8.2)"

	status 1 "$@" join eth0 ff0e::88
	said .
	status 1 "$@" add none $s4 239.9.9.9 eth1
	said .

	# Lines that come slowly, and lines that come at once.
	{
		for i in 1 2 3; do
			echo "join eth0 239.8.9.$i"
			sleep 0.2
		done
		for i in 4 5 6; do
			echo "join eth0 239.8.9.$i"
		done
	} | status 0 "$@" -b
	for i in 1 2 3 4 5 6; do
		equal "line $i" 1 "$(users eth0 239.8.9.$i)"
	done

	status 0 "$@" reload
	wait_for gives "eth0 > eth2" mroute 198.18.1.5 239.5.5.5
	wait_for gives "" mroute $s6 $g6
	status 0 "$@" flush
	status 0 "$@" kill
}

# One with many lines; each has a connection of its own.
many()
{
	local i
	for ((i = 1; i <= 200; i++)); do
		echo "add eth0 198.18.1.$i 239.6.6.6 eth1"
	done | status 0 ctl -b
	equal "routes of a batch" 200 "$(ip mroute show | grep -c 239.6.6.6)"
	for ((i = 1; i <= 200; i++)); do
		echo "remove eth0 198.18.1.$i 239.6.6.6"
	done | status 0 ctl -b
	equal "routes of a batch" 0 "$(ip mroute show | grep -c 239.6.6.6 || true)"
}

topology 3

"$old/smcrouted" -n -f "$conf" -u "$sock" -P "$pidfile" -i test >>"$log" 2>&1 &
daemon_pid=$!
wait_for daemon_is_ready
many
status 1 ctl -j show
said '^smcroutectl: .*J'
echo "mroute from eth0 source 198.18.1.5 group 239.5.5.5 to eth2" >"$conf"
drive ctl
wait "$daemon_pid" || fail "the old daemon ended with $?"

: >"$conf"
daemon_start
echo "mroute from eth0 source 198.18.1.5 group 239.5.5.5 to eth2" >"$conf"
drive "$old/smcroutectl" -u "$sock"
daemon_wanted=
wait "$daemon_pid" || fail "the daemon ended with $?"
