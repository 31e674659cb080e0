#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tables are those of SMCRoute 2.5 to the last blank, whichever client asks whichever daemon.
. "${0%/*}/../lib.sh"

is_old()
{
	"$1/smcroutectl" -v 2>/dev/null | grep -q '^SMCRoute v2\.5\.' &&
		"$1/smcrouted" -v >/dev/null 2>&1
}

old=${INTEROP:-$BUILDDIR/interop}/usr/sbin
is_old "$old" || old=/usr/sbin
is_old "$old" || skip "smcrouted 2.5 is not there, see test/interop-get"

old_ready()
{
	[ -S "$sock" ] && "$old/smcroutectl" -u "$sock" show >/dev/null 2>&1
}

# ask CLIENT: all that it shows.  An old client ends with an empty line.
ask()
{
	local args
	for args in "-p show" "-pt show" "-pd show" "-dt show routes" \
		"-p show groups" "-pt show groups" "-p show interfaces" \
		"-pt show interfaces" "-p" "-pd"; do
		echo "--- $args"
		# shellcheck disable=SC2086
		"$1" -u "$sock" $args | sed '${/^$/d}'
	done
}

# Not `-d show groups`: ours has the heading of the second table, and no /LEN.
learn_and_ask()
{
	local who=$1
	on h0 mcast inject -n 3 eth0 $s4 239.1.2.3 >/dev/null
	wait_for gives "eth0 > eth1" mroute $s4 239.1.2.3
	on h0 mcast inject -n 3 eth0 $s4 239.9.9.9 >/dev/null
	wait_for gives "eth0 >" mroute $s4 239.9.9.9
	ask "$old/smcroutectl" >"$T/$who-old"
	ask smcroutectl >"$T/$who-new"
}

topology 2
link_add averylongname15 h0
configure <<CONF
phyint eth0 enable ttl-threshold 3
phyint eth1 enable
phyint averylongname15 enable
mroute from eth0 group 239.1.0.0/16 to eth1
mroute from eth0 source 10.0.0.0/24 group 225.1.3.3/24 to eth1 averylongname15
mroute from eth0 source $s4 group 239.2.2.2 to eth1 averylongname15
mroute from eth1 source $s4 group 239.2.2.3
mroute from eth0 group ff2e::42/121 to eth1
mroute from averylongname15 source fd00:1:2:3:4:5:6:7777 group ff3e:1:2:3:4:5:6:7777 to eth1
mgroup from eth0 group 239.3.3.3
mgroup from eth0 source 10.1.1.1 group 239.3.3.4/30
mgroup from eth0 group ff0e::5
mgroup from averylongname15 source fd00:1:2:3:4:5:6:7777 group ff3e:1:2:3:4:5:6:7777
CONF

"$old/smcrouted" -n -s -N -f "$conf" -u "$sock" -P "$pidfile" &
old_pid=$!
wait_for old_ready
learn_and_ask old
kill "$old_pid"
wait "$old_pid" || true

daemon_start -c 0
learn_and_ask new
for pair in old-old:new-old old-old:new-new old-old:old-new; do
	diff "$T/${pair%:*}" "$T/${pair#*:}" >"$T/diff" ||
		fail "$pair: $(cat "$T/diff")"
done
[ "$(wc -l <"$T/new-new")" -gt 100 ] || fail "there is not much in them"
