#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rules follow names: 40 times each deleted, renamed, moved away, MULTICAST off, down, and back.
# tags: load
. "${0%/*}/../lib.sh"

cycles=40

make()
{
	ip link add wg0 type veth peer name peer0
}

# Before and after each cycle of every kind.
is_there()
{
	wait_for gives "eth0 > eth1 wg0(ttl 7)" mroute $s4 239.5.5.6
	wait_for gives "wg0 > eth1" mroute 198.18.9.1 239.5.5.5
}

is_away()
{
	wait_for gives "eth0 > eth1" mroute $s4 239.5.5.6
	wait_for gives "" mroute 198.18.9.1 239.5.5.5
}

# All that is derived, in both families.
complete()
{
	is_there
	wait_for gives "eth0 > eth1 wg0" mroute $s6 ff0e::6
	wait_for gives "wg0 > eth1" mroute fd00:9::1 ff0e::5
	wait_for gives "eth0 > wg0(ttl 7)" mroute $s4 239.5.5.8
	wait_for gives 1 users wg0 239.5.5.7
	wait_for gives 1 users wg0 ff0e::7
	wait_for gives 1 users wg0 239.5.5.9
	equal "$1: VIFs" "eth0 eth1 wg0" "$(vifs ip_mr_vif)"
	equal "$1: MIFs" "eth0 eth1 wg0" "$(vifs ip6_mr_vif)"
	equal "$1: pending" 0 "$(json '.pending | length' pending)"
	equal "$1: numbers" "$numbers" "$(number_of)"
}

vifs()
{
	awk 'NR > 1 { print $2 }' "/proc/net/$1" | sort | tr '\n' ' ' |
		sed 's/ $//'
}

number_of()
{
	json '[.interfaces[] | select(.name == "wg0") | .vif, .mif]' interfaces
}

each()
{
	local i
	for ((i = 0; i < cycles; i++)); do
		"$2"
		is_away
		"$3"
		is_there
	done
	complete "$1"
}

delete() { ip link del wg0; }
rename() { ip link set wg0 down; ip link set wg0 name other; }
rename_back() { ip link set other name wg0; }
move() { ip link set wg0 netns h1; }
move_back() { on h1 ip link set wg0 netns $$; }
multicast_off() { ip link set wg0 multicast off; }
multicast_on() { ip link set wg0 multicast on; }

# Down is no matter: memberships and VIFs are kept.
down_and_up()
{
	local i
	for ((i = 0; i < cycles; i++)); do
		ip link set wg0 up
		ip link set wg0 down
	done
	ip link set wg0 up
	complete "down and up"
}

topology 2
configure <<CONF
phyint wg0 ttl-threshold 7
mroute from wg0 source 198.18.9.1 group 239.5.5.5 to eth1
mroute from eth0 source $s4 group 239.5.5.6 to wg0 eth1
mroute from eth0 source $s6 group ff0e::6 to wg0 eth1
mroute from wg0 source fd00:9::1 group ff0e::5 to eth1
mroute from eth0 source $s4 group 239.5.5.8 to wg+
mgroup from wg0 group 239.5.5.7
mgroup from wg0 group ff0e::7
mgroup from wg+ group 239.5.5.9
CONF
daemon_start -c 0 -l info
is_away
make
ip link set wg0 up
is_there
numbers=$(number_of)
complete "created late"
each "deleted" delete make
ip link set wg0 up
each "renamed" rename rename_back
each "moved" move move_back
each "multicast" multicast_off multicast_on
down_and_up

# The number of one that is away goes to another; no route follows it.
multicast_off
is_away
ip link add oth0 type veth peer name peer1
ip link set oth0 up
wait_for gives oth0 json '.interfaces[] | select(.name == "oth0").name' \
	interfaces
ctl join oth0 239.1.1.1
equal "number taken over" "$numbers" "$(json '[.interfaces[] |
	select(.name == "oth0") | .vif, .mif]' interfaces)"
equal "not for the other" "eth0 > eth1" "$(mroute $s4 239.5.5.6)"
equal "not for the other" "eth0 > eth1" "$(mroute $s6 ff0e::6)"
equal "not for the other" "" "$(mroute 198.18.9.1 239.5.5.5)"
equal "shown pending" 6 "$(json '[.pending[] | select(.iif == "wg0" or
	(.oifs | index("wg0")))] | length' pending)"
multicast_on
is_there

# A rename where the new name is configured, too: swap of two names.
ip link set wg0 down
ip link set oth0 down
ip link set wg0 name tmp0
ip link set oth0 name wg0
ip link set tmp0 name oth0
is_there
wait_for gives 1 users oth0 239.1.1.1
wait_for gives 1 users wg0 239.5.5.7
wait_for gives 0 users oth0 239.5.5.7

# A learned flow goes on when the interface is back.  Between its entry and its
# VIF, packets make the kernel wait for an entry that does not come.
ctl add eth0 239.6.0.0/16 eth1
start flood @h0 mcast inject -f eth0 $s4 239.6.0.1
for ((i = 0; i < 20; i++)); do
	wait_until 5 gives "eth0 > eth1" mroute $s4 239.6.0.1 ||
		fail "round $i: the kernel still waits: $(ip mroute show)"
	ip link set eth0 multicast off
	wait_for gives "" mroute $s4 239.6.0.1
	ip link set eth0 multicast on
done
stop flood
