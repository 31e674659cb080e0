#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The relay follows its interface: down, renamed, gone and back; errors cost neither time nor log.
. "${0%/*}/../lib.sh"

# The relay works, both families.
works()
{
	local n s g
	for n in 4 6; do
		s=s$n g=g$n
		start wire @h0 mcast capture -i "$2" "${!g}"
		on h0 mcast inject -T 5 "$2" "${!s}" "${!g}" >/dev/null
		marker h0 "$2" "${!s}" "${!g}" wire
		stop wire
		equal "$1: IPv$n" 4 "$(ttls wire)"
	done
}

# Clock ticks of the daemon.
ticks()
{
	awk '{ print $14 + $15 }' "/proc/$daemon_pid/stat"
}

guarded()
{
	[ "$(hairpin guard $s4 $g4)" = relay ] &&
		[ "$(hairpin guard $s6 $g6)" = relay ]
}

# plug INDEX
plug()
{
	ip link add eth0 index "$1" type veth peer name eth0 netns h0
	on h0 ip link set eth0 up
	ip link set eth0 up
	address_add eth0 h0 1
}

up_again()
{
	ip link set eth0 up
	on h0 ip link set eth0 up
	ip addr show dev eth0 | grep -q fd00:1::fe ||
		ip addr add fd00:1::fe/64 dev eth0 nodad
	wait_for guarded
}

# A packet waits for the daemon, outside of the ring.
large_waits()
{
	awk '$4 == "0800" && $7 > 0 { found = 1 } END { exit !found }' \
		/proc/net/packet
}

# What is larger than a slot of the ring is read after the error of an interface
# that went down, and each by its own slot.
down_with_large()
{
	ip link set eth0 mtu 9000
	on h0 ip link set eth0 mtu 9000
	kill -STOP "$daemon_pid"
	on h0 mcast inject -n 2 -s 5000 eth0 $s4 $g4 >/dev/null
	wait_for large_waits
	ip link set eth0 down
	kill -CONT "$daemon_pid"
	up_again
	start wire @h0 mcast capture -i eth0 $g4
	on h0 mcast inject -s 6000 eth0 $s4 $g4 >/dev/null
	marker h0 eth0 $s4 $g4 wire
	stop wire
	equal "sizes" "6028" "$(awk '$7 == 2 { print $3 }' "$T/wire.out")"
	large_waits && fail "a large packet stays"
	ip link set eth0 mtu 1500
}

packet_sockets()
{
	tail -n +2 /proc/net/packet | awk '$4 != "0000"' | wc -l
}

topology 1
configure <<CONF
hairpin relay
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $s6 group $g6 to eth0
mroute from new0 source $s4 group $g4 to new0
CONF
daemon_start
works "at first" eth0
log_mark

# Down, with a flood that cannot come in, and up.
for i in 1 2 3; do
	ip link set eth0 down
	before=$(ticks)
	on h0 mcast inject -f -t 300 eth0 $s4 $g4 >/dev/null
	[ $(($(ticks) - before)) -lt 15 ] || fail "the daemon is busy while down"
	up_again
	works "up again" eth0
done
down_with_large

# Like the kernel's forwarding it needs no address of its own.
ip -4 addr flush dev eth0
ip -6 addr flush dev eth0
works "without addresses" eth0

# The device is where packets are lost, not the socket: each is counted.
equal "lines about errors" 0 "$(log_count 'relay: |cannot send|ENETDOWN|is down')"

# Gone and back: another, and another with the number that the last one had.
for index in 40 41 41; do
	ip link del eth0
	wait_for gives "" mroute $s4 $g4
	plug $index
	wait_for guarded
	works "back again as $index" eth0
done
# Those of the interfaces that went are closed: each is 16 MB.
equal "packet sockets of one interface" 2 "$(packet_sockets)"

# Renamed: routes are by name, so that another line is in effect.
ip link set eth0 down
ip link set eth0 name new0
ip link set new0 up
on h0 ip link set eth0 up
wait_for gives "new0 >" mroute $s4 $g4
wait_for gives relay hairpin guard $s4 $g4
start wire @h0 mcast capture -i eth0 $g4
on h0 mcast inject -T 5 eth0 $s4 $g4 >/dev/null
marker h0 eth0 $s4 $g4 wire
stop wire
equal "renamed" 4 "$(ttls wire)"

daemon_stop
equal "packet sockets" 0 "$(packet_sockets)"
