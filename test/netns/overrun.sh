#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# When link messages are lost, everything is read again.
# tags: load
. "${0%/*}/../lib.sh"

# Link messages beyond any buffer of a netlink socket, while nobody reads.
storm()
{
	local i
	for ((i = 0; i < 400; i++)); do
		echo "link set noise mtu $((1000 + i % 2))"
	done >"$T/batch"
	for ((i = 0; i < 60; i++)); do
		ip -batch "$T/batch"
		[ "$(drops)" = 0 ] || return 0
	done
	fail "no link message was lost"
}

# Messages that the daemon's netlink sockets lost.
drops()
{
	awk -v pid="$daemon_pid" 'NR > 1 && $2 == 0 { sum += $9 }
		END { print sum + 0 }' /proc/net/netlink
}

topology 2
ip link add noise type veth peer name peer
ip link add wg0 type veth peer name peer0
ip link add wg1 type veth peer name peer1
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1 wg+
mroute from wg2 source $s4 group 239.2.2.2 to eth1
mgroup from wg2 group 239.3.3.3
CONF
daemon_start -c 0 -l info
wait_for gives "eth0 > eth1 wg0 wg1" mroute $s4 $g4

kill -STOP "$daemon_pid"
storm
ip link del wg0
link_rename wg1 away
ip link add wg2 type veth peer name peer2
log_mark
kill -CONT "$daemon_pid"
wait_for gives "eth0 > eth1 wg2" mroute $s4 $g4
wait_for gives "wg2 > eth1" mroute $s4 239.2.2.2
wait_for gives 1 users wg2 239.3.3.3
equal "known" "away eth0 eth1 lo noise peer peer1 peer2 wg2" \
	"$(json '[.interfaces[].name] | sort | join(" ")' interfaces)"
# And it hears what comes after.
ip link del wg2
wait_for gives "eth0 > eth1" mroute $s4 $g4
