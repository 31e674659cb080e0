#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# While thousands of multicast rules come and go the second table's rule stays.
#
# A list that changes while the kernel tells it may lack rules that are there.
# tags: load
guard=table . "${0%/*}/../lib.sh"

many=4000

# rules add|del
rules()
{
	local i
	for ((i = 0; i < many; i++)); do
		echo "mrule $1 pref $((1000 + i)) iif eth1 lookup 500"
	done | ip -batch -
}

topology 2
need_mrules
configure <<CONF
hairpin table
mroute from eth0 source $s4 group $g4 to eth0
CONF
daemon_start
start member mcast join eth0 $g4
start wire @h0 mcast capture -i -B 63 eth0 $g4
start flood @h0 mcast inject -f eth0 $s4 $g4
for ((n = 0; n < 3; n++)); do
	rules add
	wait_for gives "guarded table" json \
		'.hairpin.routes[0] | .state + " " + .guard' hairpin
	rules del
	wait_for gives "guarded table" json \
		'.hairpin.routes[0] | .state + " " + .guard' hairpin
done
stop flood wire
read -r _ frames _ below _ dropped <<<"$(last wire)"
echo "$frames frames, $below below"
equal "frames of a burst" 0 "$below"
equal "lost by the capture" 0 "$dropped"
[ "$frames" -ge 1000 ] || fail "only $frames frames were forwarded"
equal "rules taken for deleted" 0 "$(log_count deleted)"
