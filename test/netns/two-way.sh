#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two templates, one each way, with the group joined at both ends: no datagram is lost to looped copies.
. "${0%/*}/../lib.sh"

n=500

# through SOURCE GROUP: all of a flow from h0 arrive at h1, the entry stays
through()
{
	# While it is being learned the kernel keeps a few packets and no more.
	on h0 mcast inject eth0 "$1" "$2" >/dev/null
	wait_for gives "eth0 > eth1" mroute "$1" "$2"
	log_mark
	start far @h1 mcast capture -i eth1 "$2"
	start back @h0 mcast capture -i eth0 "$2"
	# longer than the kernel waits between two reports: 3 seconds
	on h0 mcast send -r 100 -n $n -S "$1" eth0 "$2" >/dev/null
	marker h0 eth0 "$1" "$2" far
	stop far back
	equal "delivered of ($1, $2)" $n "$(lines far '^in .* 2 [0-9]+$')"
	equal "sent back of ($1, $2)" 0 "$(lines back '^in ')"
	equal "entry" "eth0 > eth1" "$(mroute "$1" "$2")"
	equal "moves" 0 "$(log_count 'moves from')"
}

topology 2
configure <<CONF
mroute from eth0 group $g4 to eth1
mroute from eth1 group $g4 to eth0
mroute from eth0 group $g6 to eth1
mroute from eth1 group $g6 to eth0
mgroup from eth0 group $g4
mgroup from eth1 group $g4
mgroup from eth0 group $g6
mgroup from eth1 group $g6
CONF
daemon_start -c 0
through $s4 $g4
through $s6 $g6

# A sender that has gone to the other side is followed.  IPv6 is reported every
# 3 seconds at most, and believed when nothing comes in at the old place.
on h1 mcast inject -T 5 eth1 $s4 $g4 >/dev/null
wait_for gives "eth1 > eth0" mroute $s4 $g4
start flow @h1 mcast inject -r 20 -T 5 eth1 $s6 $g6
wait_for gives "eth1 > eth0" mroute $s6 $g6
stop flow
