#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One flush drops every learned entry and stop filter, busy ones too, and nothing else.
. "${0%/*}/../lib.sh"

topology 2
configure <<CONF
mroute from eth0 group 239.1.0.0/16 to eth1
mroute from eth0 source $s4 group 239.1.9.9 to eth1
mroute from eth0 source $s6 group $g6 to eth1
CONF
daemon_start -c 0
for i in {1..50}; do
	on h0 mcast inject eth0 $s4 "239.1.1.$i" >/dev/null
done
on h0 mcast inject eth0 $s4 239.8.8.8 >/dev/null
on h0 mcast inject eth0 $s6 ff0e::8 >/dev/null
wait_for gives 54 mroute_count
status 0 ctl flush
equal "after one flush" 2 "$(mroute_count)"
equal "shown" 2 "$(json '.routes.kernel | length')"
equal "static" "eth0 > eth1" "$(mroute $s4 239.1.9.9)"

# A flow that goes on is learned again, and again.
start far @h1 mcast capture -i eth1 239.1.1.1
start flow @h0 mcast inject -r 500 eth0 $s4 239.1.1.1
for _ in 1 2 3; do
	wait_for gives "eth0 > eth1" mroute $s4 239.1.1.1
	n=$(lines far '^in')
	status 0 ctl flush
	wait_for at_least far '^in' $((n + 20))
done
stop flow far
