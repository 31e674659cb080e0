#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With -p each guard comes up after privileges were dropped: with the first
# route, by a reload, and by the ladder.
# needs: root
. "${0%/*}/../lib.sh"
getent passwd nobody >/dev/null || skip "there is no user nobody"

uid=$(id -u nobody)
# Bits 12 and 13: CAP_NET_ADMIN and CAP_NET_RAW.
caps=0000000000003000

proc()
{
	awk -v key="$1:" '$1 == key { $1 = ""; print substr($0, 2) }' \
		"/proc/$daemon_pid/status"
}

# user_start WORD...: on a kernel that lacks these, and as nobody by the end
user_start()
{
	local word deny=
	for word; do
		deny+="deny $word "
	done
	WRAPPER="$deny${WRAPPER:-}" daemon_start -p nobody
	wait_for gives "$uid $uid $uid $uid" proc Uid
	wait_for gives $caps proc CapEff
}

# guards IPV4 IPV6: they are so, and exact
guards()
{
	wait_for gives "$1" hairpin guard
	wait_for gives "$2" hairpin guard $s6 $g6
	exact $s4 $g4
	[ "$2" = null ] || exact $s6 $g6
}

exact()
{
	start wire @h0 mcast capture -i eth0 "$2"
	on h0 mcast inject -T 5 eth0 "$1" "$2" >/dev/null
	marker h0 eth0 "$1" "$2" wire
	stop wire
	equal "frames of ($1, $2)" 4 "$(ttls wire)"
}

routes="mroute from br0 source $s4 group $g4 to br0
mroute from br0 source $s6 group $g6 to br0"

topology 1
ip addr flush dev eth0
ip link add br0 type bridge mcast_snooping 0
ip link set eth0 master br0
ip link set br0 up
ip addr add 198.18.1.254/24 dev br0
ip addr add fd00:1::fe/64 dev br0 nodad
start member4 mcast join br0 $g4
start member6 mcast join br0 $g6

# There is nothing to guard before the drop.
for word in relay table auto; do
	echo "hairpin $word" >"$conf"
	user_start
	status 0 ctl add br0 $s4 $g4 br0
	case $word in
	relay) ctl add br0 $s6 $g6 br0; guards relay relay ;;
	table) status 1 ctl add br0 $s6 $g6 br0; guards table null ;;
	auto) ctl add br0 $s6 $g6 br0; guards netfilter netfilter ;;
	esac
	daemon_stop
done

# From each to each other.
echo "$routes" >"$conf"
user_start
guards netfilter netfilter
for word in relay table netfilter table relay netfilter; do
	printf '%s\n' "hairpin $word" "$routes" >"$conf"
	reload
	if [ $word = table ]; then
		guards table null
	else
		guards $word $word
	fi
done

# By the ladder: a port in collect-metadata mode comes and goes.
echo "$routes" >"$conf"
reload
ip link add vx0 type vxlan external dstport 4789 ||
	skip "no vxlan in this kernel"
ip link set vx0 master br0
guards relay relay
ip link set vx0 nomaster
guards netfilter netfilter
daemon_stop

user_start packet
guards netfilter netfilter
ip link set vx0 master br0
guards table null
ip link set vx0 nomaster
guards netfilter netfilter
daemon_stop

user_start netfilter
guards relay relay
