#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A route whose interface is absent waits, and works when it comes, again and again.
. "${0%/*}/../lib.sh"

# What works while wg0 is there.
works()
{
	wait_for gives "wg0 > eth1" mroute 198.18.9.1 239.5.5.5
	wait_for gives "eth0 > eth1 wg0" mroute $s4 239.5.5.6
	wait_for gives "eth0 > eth1 wg0" mroute $s6 ff0e::6
	wait_for gives 1 users wg0 239.5.5.7
	wait_for gives guarded hairpin state 198.18.9.1 239.5.5.8
	wait_for gives "wg0 > wg0" mroute 198.18.9.1 239.5.5.8
	start h1 @h1 mcast capture -i eth1 239.5.5.5
	on h9 mcast inject -T 5 wg0 198.18.9.1 239.5.5.5 >/dev/null
	wait_for at_least h1 '^in 4' 1
	stop h1
	# The hairpin is guarded from the first packet.
	start member mcast join wg0 239.5.5.8
	start wire @h9 mcast capture -i wg0 239.5.5.8
	on h9 mcast inject -T 5 wg0 198.18.9.1 239.5.5.8 >/dev/null
	marker h9 wg0 198.18.9.1 239.5.5.8 wire
	stop wire member
	equal "hairpin" 4 "$(ttls wire)"
}

# What is left without it.
waits()
{
	wait_for gives "" mroute 198.18.9.1 239.5.5.5
	wait_for gives "" mroute 198.18.9.1 239.5.5.8
	wait_for gives "eth0 > eth1" mroute $s4 239.5.5.6
	wait_for gives "eth0 > eth1" mroute $s6 ff0e::6
}

topology 2
configure <<CONF
mroute from wg0 source 198.18.9.1 group 239.5.5.5 to eth1
mroute from wg0 source 198.18.9.1 group 239.5.5.8 to wg0
mroute from eth0 source $s4 group 239.5.5.6 to wg0 eth1
mroute from eth0 source $s6 group ff0e::6 to wg0 eth1
mgroup from wg0 group 239.5.5.7
CONF
daemon_start
waits
for _ in 1 2 3; do
	link_add wg0 h9
	works
	ip link del wg0
	waits
done

# Under another name it is another interface.
link_add wg1 h9
ip link set wg1 down
ip link set wg1 name wg0
ip link set wg0 up
on h9 ip link set wg1 down
on h9 ip link set wg1 name wg0
on h9 ip link set wg0 up
works
ip link set wg0 down
ip link set wg0 name wg1
waits
equal "interfaces known" 0 "$(json \
	'[.interfaces[] | select(.name == "wg0" and .vif != null)] | length' \
	interfaces)"

# A client's route wants its inbound interface at once.
status 1 ctl add wg0 198.18.9.1 239.5.5.9 eth1
said wg0
