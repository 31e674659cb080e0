#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# While routes go up and down the ladder under load, no packet comes back twice.
#
# Each packet of the flows has a number.  What comes back more than once was sent
# by two guards, and what comes back with a TTL below 63 by none.  What is missing
# was lost in a change.
#
# tags: load timing
# timeout: 200
. "${0%/*}/../lib.sh"
need nft

table=smcrouted-test-0
rounds=${ROUNDS:-6}
group=([4]=$g4 [6]=$g6)

route="mroute from br0 source $s4 group $g4 to br0
mroute from br0 source $s6 group $g6 to br0"

# The hairpin interface is a bridge: a port in collect-metadata mode takes
# netfilter from it, and gives it back.
near_end()
{
	topology 1
	ip addr flush dev eth0
	ip link add br0 type bridge mcast_snooping 0
	ip link set eth0 master br0
	ip link set br0 up
	ip addr add 198.18.1.254/24 dev br0
	ip addr add fd00:1::fe/64 dev br0 nodad
	ip link add vx0 type vxlan external dstport 4789 ||
		skip "no vxlan in this kernel"
	start member4 mcast join br0 $g4
	start member6 mcast join br0 $g6
}

flows_start()
{
	local n
	for n in 4 6; do
		start "low$n" @h0 mcast capture -i -B 63 eth0 "${group[n]}"
		start "back$n" @h0 mcast capture -i -q -N eth0 "${group[n]}"
	done
	start flow4 @h0 mcast inject -f -N eth0 $s4 $g4
	start flow6 @h0 mcast inject -f -N eth0 $s6 $g6
	flow_on
}

# flows_stop WHAT: how many frames came is of no matter, but some must
flows_stop()
{
	local n sent frames below dropped numbers again
	stop flow4 flow6 low4 low6 back4 back6
	for n in 4 6; do
		read -r _ sent <<<"$(last "flow$n")"
		read -r _ frames _ below _ dropped <<<"$(last "low$n")"
		read -r _ _ _ _ _ numbers _ again <<<"$(last "back$n")"
		echo "$1, IPv$n: sent $sent, back $frames, below $below," \
			"numbers $numbers, again $again"
		equal "$1, IPv$n: frames of a burst" 0 "$below"
		equal "$1, IPv$n: low frames not seen" 0 "$dropped"
		equal "$1, IPv$n: frames that came twice" 0 "$again"
		[ "$numbers" -ge 1000 ] ||
			fail "$1, IPv$n: only $numbers frames were seen"
	done
}

# guards IPV4 IPV6: until it is so
guards()
{
	wait_for gives "$1" hairpin guard
	wait_for gives "$2" hairpin guard $s6 $g6
}

frames_out()
{
	ip -s -j link show eth0 | jq '.[0].stats64.tx.packets'
}

more_out()
{
	[ "$(frames_out)" -ge "$1" ]
}

# Some packets of the flows later.
flow_on()
{
	wait_for more_out $(($(frames_out) + 2000))
}

by_policy()
{
	local i word
	for ((i = 0; i < rounds; i++)); do
		for word in relay netfilter table auto relay table netfilter; do
			printf '%s\n' "hairpin $word" "$route" >"$conf"
			reload
			flow_on
		done
	done
}

by_interface()
{
	local i
	for ((i = 0; i < rounds; i++)); do
		ip link set vx0 master br0
		guards "$1" "$2"
		flow_on
		ip link set vx0 nomaster
		guards netfilter netfilter
		flow_on
	done
}

take_table()
{
	nft -f - <<-NFT
	delete table inet $table
	table inet $table { chain theirs { }; }
	NFT
}

near_end
printf '%s\n' "$route" >"$conf"

daemon_start
flows_start
by_policy
flows_stop policies

printf '%s\n' "$route" >"$conf"
reload
flows_start
by_interface relay relay
flows_stop "netfilter and relay"
daemon_stop

# The second table takes the place of the relay; IPv6 is suspended meanwhile.
WRAPPER="deny packet ${WRAPPER:-}" daemon_start
flows_start
by_interface table null
flows_stop "netfilter and table"
daemon_stop

# Another program takes the table.  Until that is noticed there is no guard, and
# the burst is not judged; up again there is no such moment.
taken_table()
{
	local i
	export SMCROUTE_TEST_NO_OWNER=1
	daemon_start
	guards netfilter netfilter
	for ((i = 0; i < rounds; i++)); do
		take_table
		guards relay relay
		flows_start
		nft delete table inet $table
		guards netfilter netfilter
		flow_on
		flows_stop "back to netfilter"
	done
	daemon_stop
	unset SMCROUTE_TEST_NO_OWNER
}
! built_with ENABLE_TEST || taken_table

# The measure sees what it is to see.
daemon_start -H off
start low4 @h0 mcast capture -i -B 63 eth0 $g4
start back4 @h0 mcast capture -i -q -N eth0 $g4
on h0 mcast inject -N -r 100 -n 20 eth0 $s4 $g4 >/dev/null
wait_for at_least low4 '^in 1 ' 20
stop low4 back4
read -r _ frames _ below _ <<<"$(last low4)"
equal "without a guard: frames" "1260 1240" "$frames $below"
[[ $(last back4) == *"numbers 20 again 1240" ]] ||
	fail "without a guard: $(last back4)"
