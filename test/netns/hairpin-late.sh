#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A netfilter key goes a moment after its route, and stays when the route is back.
#
# Looped copies that are under way when a route goes would be forwarded once more
# otherwise, but that is one in millions: only the moment is looked at here.
. "${0%/*}/../lib.sh"
need nft

# How many keys of the group there are.
keys()
{
	nft list table inet smcrouted-test-0 | grep -c "$1" || true
}

topology 2
configure <<CONF
hairpin netfilter
mroute from eth0 source $s6 group $g6 to eth0
CONF
daemon_start
ctl add eth0 $s4 239.1.1.1 eth0
ctl add eth0 $s4 239.1.1.2 eth0
ctl add eth0 $s4 239.1.1.3 eth0
equal "keys" "1 1 1" "$(keys 239.1.1.1) $(keys 239.1.1.2) $(keys 239.1.1.3)"

# Behind the same moment the one is gone and the other, which is back, is not.
ctl -b <<CMDS
remove eth0 $s4 239.1.1.1
remove eth0 $s4 239.1.1.2
add eth0 $s4 239.1.1.1 eth0
CMDS
equal "the route is gone" "" "$(mroute $s4 239.1.1.2)"
wait_for gives 0 keys 239.1.1.2
equal "key of the route that is back" 1 "$(keys 239.1.1.1)"

# The daemon is stopped within the moment, if not the first time.
lingers()
{
	local n
	ctl add eth0 $s4 239.1.1.4 eth0
	ctl remove eth0 $s4 239.1.1.4
	kill -STOP "$daemon_pid"
	n=$(keys 239.1.1.4)
	kill -CONT "$daemon_pid"
	[ "$n" = 1 ]
}
wait_for lingers
wait_for gives 0 keys 239.1.1.4

# Another guard takes over.
configure <<CONF
hairpin relay
mroute from eth0 source $s4 group 239.1.1.1 to eth0
mroute from eth0 source $s6 group $g6 to eth0
CONF
reload
wait_for gives 0 keys 239.1.1.1
wait_for gives 0 keys $g6
equal "relayed" relay "$(hairpin guard $s6 $g6)"

# An address of the host: its looped copies have to be forwarded at once.
configure <<CONF
hairpin netfilter
mroute from eth0 source $s4 group 239.1.1.1 to eth0 eth1
CONF
reload
equal "key" 1 "$(keys 239.1.1.1)"
ip addr add $s4/32 dev lo
wait_for gives own hairpin state $s4 239.1.1.1
equal "key of an own source" 0 "$(keys 239.1.1.1)"
