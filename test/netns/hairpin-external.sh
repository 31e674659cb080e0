#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An interface in collect-metadata mode gets no netfilter guard.
#
# There received packets look like looped copies, and the guard would drop them
# all.  The hairpin is suspended, everything else is forwarded.  The same on top
# of it, and on a bridge that has it as a port.  With the policy auto the relay
# takes its place.
. "${0%/*}/../lib.sh"

source=198.18.50.1

tunnel_up()
{
	ip link set vx0 up
	ip addr add 198.18.50.254/24 dev vx0
}

# Ten datagrams of the tunnel come out by eth1, all of them.
all_forwarded()
{
	start far @h1 mcast capture -i eth1 $g4
	on h0 mcast inject -n 10 -T 9 vx0 $source $g4 >/dev/null
	wait_for at_least far '^in 8' 10
	stop far
}

topology 2
on h0 ip link add vx0 type vxlan id 5 dstport 4789 remote 198.18.1.254 dev eth0
on h0 ip link set vx0 up
ip link add vx0 type vxlan external dstport 4789 ||
	skip "no vxlan in this kernel"
tunnel_up

configure <<CONF
mroute from vx0 source $source group $g4 to vx0 eth1
mroute from eth0 source $s4 group $g4 to eth0
CONF
daemon_start -H netfilter
equal "state" suspended "$(hairpin state $source $g4)"
equal "guard" null "$(hairpin guard $source $g4)"
hairpin reason $source $g4 | grep -q metadata || fail "the reason names no cause"
wait_log 'vx0 suspended'
equal "entry" "vx0 > eth1" "$(mroute $source $g4)"
equal "other interfaces" guarded "$(hairpin state)"
status 1 ctl add vx0 $source 239.1.1.7 vx0
equal "refused" "" "$(mroute $source 239.1.1.7)"
ctl add vx0 $source 239.1.1.8 eth1

start member mcast join vx0 $g4
all_forwarded

# Made anew in the usual mode it can be guarded; and back.
stop member
ip link del vx0
ip link add vx0 type vxlan id 5 dstport 4789 remote 198.18.1.1 dev eth0
tunnel_up
wait_for gives guarded hairpin state $source $g4
start member mcast join vx0 $g4
start wire @h0 mcast capture -i vx0 $g4
on h0 mcast inject -T 9 vx0 $source $g4 >/dev/null
marker h0 vx0 $source $g4 wire
stop wire
equal "usual mode: frames" 8 "$(ttls wire)"
stop member
ip link del vx0
ip link add vx0 type vxlan external dstport 4789
tunnel_up
wait_for gives suspended hairpin state $source $g4
wait_for gives "vx0 > eth1" mroute $source $g4
daemon_stop

# On top of it: suspended from the start.
ip addr del 198.18.50.254/24 dev vx0
ip link add mv0 link vx0 type macvlan mode bridge
ip link set mv0 up
ip addr add 198.18.50.254/24 dev mv0
configure <<CONF
mroute from mv0 source $source group $g4 to mv0 eth1
CONF
daemon_start -H netfilter
equal "macvlan" suspended "$(hairpin state $source $g4)"
hairpin reason $source $g4 | grep -q vx0 || fail "the reason names no device"
equal "macvlan: entry" "mv0 > eth1" "$(mroute $source $g4)"
start member mcast join mv0 $g4
all_forwarded
stop member
daemon_stop
ip link del mv0

# A bridge that gets such a port, and gives it back.
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
ip addr add 198.18.50.254/24 dev br0
configure <<CONF
mroute from br0 source $source group $g4 to br0 eth1
CONF
daemon_start -H netfilter
equal "bridge" guarded "$(hairpin state $source $g4)"
ip link set vx0 master br0
wait_for gives suspended hairpin state $source $g4
equal "bridge: entry" "br0 > eth1" "$(mroute $source $g4)"
start member mcast join br0 $g4
all_forwarded
stop member
ip link set vx0 nomaster
wait_for gives guarded hairpin state $source $g4
ip link set vx0 master br0
wait_for gives suspended hairpin state $source $g4
ip link del vx0
wait_for gives guarded hairpin state $source $g4
daemon_stop
ip link del br0

# The relay looks at no dst.
ip link add vx0 type vxlan external dstport 4789
tunnel_up
configure <<CONF
mroute from vx0 source $source group $g4 to vx0 eth1
CONF
daemon_start
equal "auto" "guarded relay" "$(hairpin state $source $g4) $(hairpin guard \
	$source $g4)"
equal "auto: entry" "vx0 > eth1" "$(mroute $source $g4)"
start member mcast join vx0 $g4
all_forwarded
stop member
