#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A learned entry is gone SEC to SEC + 1 seconds after its last packet, not before, not later.
# tags: timing
. "${0%/*}/../lib.sh"

now()
{
	printf '%s' "${EPOCHREALTIME/[.,]/}"
}

# What still comes in on eth2 becomes a stop filter of its own.
gone()
{
	[[ "$(mroute "$1" "$2")" != "eth0 >"* ]]
}

# goes SOURCE GROUP SINCE SEC: microseconds
goes()
{
	local late
	wait_until 20 gone "$1" "$2" || fail "($1, $2) stays"
	late=$(($(now) - $3 - $4 * 1000000))
	# What was measured includes looking.
	if [ "$late" -lt -50000 ] || [ "$late" -gt 1400000 ]; then
		fail "($1, $2) went $late us after its time"
	fi
}

topology 3
configure <<CONF
mroute from eth0 group 239.1.0.0/16 to eth1
mroute from eth0 group ff0e::/112 to eth1
mroute from eth0 source $s4 group 239.9.9.9 to eth1
CONF
daemon_start -c 3

# Installed by one packet; a stop filter; traffic that comes in elsewhere
# keeps nothing alive.
t0=$(now)
on h0 mcast inject eth0 $s4 239.1.1.1 >/dev/null
on h0 mcast inject eth0 $s6 ff0e::1 >/dev/null
on h0 mcast inject eth0 $s4 239.8.8.8 >/dev/null
wait_for gives "eth0 >" mroute $s4 239.8.8.8
ctl add eth0 $s4 239.7.7.7 eth2
start wrong @h2 mcast inject -r 20 eth2 $s4 239.1.1.1
goes $s4 239.1.1.1 "$t0" 3
goes $s6 ff0e::1 "$t0" 3
goes $s4 239.8.8.8 "$t0" 3
stop wrong

# Due times are the entry's own: packets 2 s apart hold it for as long.
for _ in 1 2 3; do
	on h0 mcast inject eth0 $s4 239.1.1.2 >/dev/null
	t0=$(now)
	# Not a guess: the pause is what is tested.
	sleep 2
	equal "between packets" "eth0 > eth1" "$(mroute $s4 239.1.1.2)"
done
goes $s4 239.1.1.2 "$t0" 3
equal "static" "eth0 > eth1" "$(mroute $s4 239.9.9.9)"
