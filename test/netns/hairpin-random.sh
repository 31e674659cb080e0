#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever is done in whatever order, no packet comes back twice.
#
# Under load of four flows, routes, joins, policies, links, addresses, rules and
# the daemon itself come and go at random for a while.  Each packet has a number
# and TTL 64: a TTL below 63 was forwarded twice, a number that comes again was
# sent by two guards, or by the kernel once more to the other interface.
# SEED=N repeats a sequence, TIME=SECONDS makes it longer.
#
# tags: load timing
# timeout: 900
. "${0%/*}/../lib.sh"

time=${TIME:-30}
RANDOM=${SEED:=$RANDOM}
echo "SEED=$SEED"

learned4=239.2.0.1 learned6=ff0e:2::1
group=([4]=$g4 [6]=$g6 [2]=$learned4)
flows=("$s4 $g4" "$s6 $g6" "198.18.1.7 $learned4" "fd00:1::7 $learned6")

# one WORD...: any of them
one()
{
	shift $((RANDOM % $#))
	echo "$1"
}

# maybe TEXT: or nothing
maybe()
{
	[ $((RANDOM % 2)) = 0 ] || echo "$1"
}

far_end()
{
	far_bridge
	link_add eth1 h1
	address_add eth1 h1 2
	index=$(ip -j link show eth0 | jq '.[0].ifindex')
}

policy()
{
	one auto netfilter relay table refuse relay netfilter
}

# A configuration of any kind, always with a guard.
configure_any()
{
	local to
	to=$(one "eth0" "eth0 eth1" "eth1 eth0" "eth1")
	configure <<-CONF
	hairpin $(policy)
	$(maybe "phyint eth0 hairpin $(policy)")
	$(maybe "phyint eth0 ttl-threshold $(one 1 2 5)")
	$(maybe "mgroup from eth0 group $g4")
	$(maybe "mgroup from eth0 source 198.18.1.7 group $learned4")
	$(maybe "mgroup from eth0 group $g6")
	$(maybe "mroute from eth0 source $s4 group $g4 to $to")
	$(maybe "mroute from eth0 source $s6 group $g6 to $to")
	$(maybe "mroute from eth1 group $g4 to eth0")
	$(maybe "mroute from eth0 group 239.0.0.0/8 to $to")
	$(maybe "mroute from eth0 group 239.0.0.0/8 to eth0 eth1")
	$(maybe "mroute from eth0 group ff0e::/16 to eth0 eth1")
	CONF
}

# Members of other programs come and go.
member_flip()
{
	local n=$1 g=$2
	if [ "${pids[member$n]:-}" ]; then
		stop "member$n"
	else
		mcast join eth0 "$g" >"$T/member$n.out" 2>"$T/member$n.err" &
		pids[member$n]=$!
		# it may end by itself, when there is no interface
		wait_until 2 grep -qs ready "$T/member$n.out" || {
			kill "${pids[member$n]}" || true
			wait "${pids[member$n]}" || true
			unset "pids[member$n]"
		}
	fi
}

members_come()
{
	local n
	for n in 4 6 2; do
		[ "${pids[member$n]:-}" ] || member_flip $n "${group[n]}"
	done
}

members_end()
{
	local n
	for n in 4 6 2; do
		[ -z "${pids[member$n]:-}" ] || stop "member$n"
	done
}

# Whether the step works does not matter, what it leads to does.
step()
{
	local flow to
	flow=$(one "$s4 $g4" "$s6 $g6" "0.0.0.0 239.0.0.0/8" ":: ff0e::/16")
	to=$(one eth0 "eth0 eth1" eth1)
	# shellcheck disable=SC2086
	case $((RANDOM % 40)) in
	[0-4]) ctl add eth0 $flow $to ;;
	[5-7]) ctl remove eth0 $flow ;;
	[8-9]) ctl remove eth0 $flow $to ;;
	1[0-2]) ctl join eth0 "$(one $g4 $g6 $learned4)" ;;
	13) ctl leave eth0 "$(one $g4 $g6 $learned4)" ;;
	1[4-6]) configure_any; reload ;;
	1[7-9]) configure_any; ctl reload ;;
	20) ctl flush ;;
	21) ip link set eth0 down; ip link set eth0 up
	    ip addr add fd00:1::fe/64 dev eth0 nodad ;;
	22) ip link set eth1 down; ip link set eth1 up ;;
	23) members_end; ip link del eth0; far_plug "$index"; members_come ;;
	24) ip addr add 198.18.1.253/24 dev eth0 ;;
	25) ip addr del 198.18.1.254/24 dev eth0
	    ip addr add 198.18.1.254/24 dev eth0 ;;
	26) ip addr add $s4/32 dev lo; ip addr add $s6/128 dev lo nodad ;;
	27) ip addr del $s4/32 dev lo; ip addr del $s6/128 dev lo ;;
	28) ip addr add 198.18.1.7/32 dev lo
	    ip addr del 198.18.1.7/32 dev lo ;;
	29) ip mrule add iif lo oif eth1 pref 32765 table 4711
	    ip mrule del iif lo oif eth1 pref 32765 table 4711 ;;
	30) member_flip 4 $g4 ;;
	31) member_flip 6 $g6 ;;
	32) member_flip 2 $learned4 ;;
	33) members_come ;;
	34) nft flush ruleset; nft delete table inet smcrouted-test-0 ;;
	35) daemon_kill; daemon_start -c 2 ;;
	36) daemon_stop; daemon_start -c 2 ;;
	37) ip link set eth0 mtu "$(one 1500 600 9000)" ;;
	38) ctl -j show hairpin ;;
	39) sleep 0.3 ;;
	esac
}

watch_start()
{
	local i flow
	for i in "${!flows[@]}"; do
		read -ra flow <<<"${flows[i]}"
		start "low-far$i" @far mcast capture -i -B 63 br0 "${flow[1]}"
		start "low-h1$i" @h1 mcast capture -i -B 63 eth1 "${flow[1]}"
		start "far$i" @far mcast capture -iqN br0 "${flow[1]}"
		start "h1$i" @h1 mcast capture -iqN eth1 "${flow[1]}"
	done
}

flood_start()
{
	local i flow
	for i in "${!flows[@]}"; do
		read -ra flow <<<"${flows[i]}"
		start "flood$i" @far mcast inject -fN -r "${RATE:-20000}" br0 \
			"${flow[@]}"
	done
}

# judge WHERE FLOW
judge()
{
	local frames below numbers again
	stop "low-$1$2" "$1$2"
	read -r _ frames _ below _ <<<"$(last "low-$1$2")"
	read -r _ _ _ _ _ numbers _ again <<<"$(last "$1$2")"
	echo "${flows[$2]} at $1: frames $frames below $below" \
		"numbers $numbers again $again"
	bad=$((bad + below + again))
	seen=$((seen + numbers))
}

# What a step says is not read, unless it ends the test.
exec {out}>&1
trap 'set -- $?; exec >&"$out"; (exit "$1"); at_exit' EXIT

need nft
far_end
configure_any
members_come
daemon_start -c 2
watch_start
flood_start
end=$(($(seconds) + time)) n=0
while [ "$(seconds)" -lt "$end" ]; do
	step >"$T/step.out" 2>&1 || true
	alive "$daemon_pid" || fail "the daemon is gone"
	n=$((n + 1))
done
echo "$n steps"
bad=0 seen=0
for i in "${!flows[@]}"; do
	stop "flood$i"
	judge far "$i"
	judge h1 "$i"
done
equal "frames that should not have come" 0 "$bad"
[ "$seen" -ge 10000 ] || fail "only $seen frames were forwarded"
members_end
# Nothing is left behind.
daemon_stop
equal "routes that are left" 0 "$(mroute_count)"
equal "rules that are left" "" "$(ip mrule | grep 'iif lo' || true)"
nft list tables | grep smcrouted && fail "a table is left"
exit 0
