#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever changes under full load, no frame of the flow comes back twice.
#
# Every frame is injected with TTL 64, so what was forwarded once has TTL 63 and
# what was forwarded again has less.  To see it fail, swap guard and route in
# the commit of src/core (see HACKING.md).
#
# tags: load timing
# timeout: 300
. "${0%/*}/../lib.sh"

# The flows of the families that the guard has.
flows="2 $families"
route="mroute from eth0 source $s4 group $g4 to eth0"
route6="mroute from eth0 source $s6 group $g6 to eth0"
[[ $families == *6* ]] || route6=
template="mroute from eth0 group 239.2.0.0/16 to eth0"
n_phase=0

members_come()
{
	start "member4$n_phase" mcast join eth0 $g4
	start "member6$n_phase" mcast join eth0 $g6
	start "member2$n_phase" mcast join eth0 239.2.0.1
}

members_gone()
{
	stop "member4$n_phase" "member6$n_phase" "member2$n_phase"
}

group()
{
	case $1 in
	4) echo $g4 ;;
	6) echo $g6 ;;
	2) echo 239.2.0.1 ;;
	esac
}

watch_start()
{
	local n
	for n in $flows; do
		start "$1-$n" @far mcast capture -i -B 63 br0 "$(group "$n")"
	done
}

# watch_stop NAME LEAST: frames of the IPv4 flow
watch_stop()
{
	local n frames below dropped
	for n in $flows; do
		stop "$1-$n"
		echo "$1-$n: $(last "$1-$n")"
		read -r _ frames _ below _ dropped <<<"$(last "$1-$n")"
		equal "$1-$n: frames of a burst" 0 "$below"
		equal "$1-$n: lost by the capture" 0 "$dropped"
		[ "$n" = 2 ] || [ "$frames" -ge "$2" ] ||
			fail "$1-$n: only $frames frames were forwarded"
	done
}

# phase NAME: the watch goes on without a gap, and each phase is proved.
phase()
{
	watch_start "$1"
	[ -z "${phase:-}" ] || watch_stop "$phase" "${LEAST:-1000}"
	phase=$1
	SECONDS=0
}

add_remove()
{
	local i
	for ((i = 0; i < 500; i++)); do
		[[ $families == *6* ]] || [ $((i % 4)) -lt 2 ] || continue
		case $((i % 4)) in
		0) ctl remove eth0 $s4 $g4 ;;
		1) ctl add eth0 $s4 $g4 eth0 ;;
		2) ctl remove eth0 $s6 $g6 ;;
		3) ctl add eth0 $s6 $g6 eth0 ;;
		esac
	done
}

reloads()
{
	local i
	for ((i = 0; i < 20; i++)); do
		if [ $((i % 2)) = 0 ]; then
			printf '%s\n' "$hairpin" "$template" >"$conf"
		else
			printf '%s\n' "$hairpin" "$route" "$route6" \
				"$template" >"$conf"
		fi
		reload
	done
}

policies()
{
	local i word
	for ((i = 0; i < 20; i++)); do
		word=refuse
		[ $((i % 2)) = 0 ] || word=$policy
		printf '%s\n' "$route" "$route6" "$template" "hairpin $word" \
			>"$conf"
		reload
		case $word in
		# Nothing, or the stop filter that the next datagram brings.
		refuse) case $(mroute $s4 $g4) in
			*'> eth0'*) fail "installed though refused" ;;
			esac ;;
		*) equal "$word" "$in_place" "$(mroute $s4 $g4)" ;;
		esac
	done
}

# A burst may be lost as a whole where the flood fills the backlog.
learns()
{
	on far mcast inject -f -n 2000 br0 "$1" 239.2.0.1 >/dev/null
	gives "$in_place" mroute "$1" 239.2.0.1
}

# Five sources, learned from their first datagrams, forgotten when idle.
learning()
{
	local i source
	for i in 1 2; do
		for source in 1 2 3 4 5; do
			wait_for learns 198.18.1.10$source
		done
		for source in 1 2 3 4 5; do
			wait_for gives "" mroute 198.18.1.10$source 239.2.0.1
		done
	done
}

interface()
{
	local i
	for i in 1 2 3; do
		ip link set eth0 down
		ip link set eth0 up
	done
	for i in 1 2 3; do
		members_gone
		ip link del eth0
		wait_for gives "" mroute $s4 $g4
		n_phase=$i
		far_plug
		members_come
		wait_for gives "$in_place" mroute $s4 $g4
		[ -z "$route6" ] ||
			wait_for gives "$in_place" mroute $s6 $g6
	done
}

terminations()
{
	local i
	for i in 1 2 3 4 5; do
		daemon_stop
		equal "after the end" 0 "$(mroute_count)"
		daemon_start -c 2
	done
}

kills()
{
	local i
	for ((i = 0; i < 20; i++)); do
		daemon_kill
		wait_for gives 0 mroute_count
		daemon_start -c 2
	done
}

far_bridge
members_come
hairpin="hairpin $policy"
in_place=$(behind "eth0 > eth0")
printf '%s\n' "$hairpin" "$route" "$route6" "$template" >"$conf"
start flood4 @far mcast inject -f br0 $s4 $g4
[ -z "$route6" ] || start flood6 @far mcast inject -f br0 $s6 $g6
phase start
daemon_start -c 2
for step in add_remove reloads policies learning interface terminations kills
do
	phase "$step"
	"$step"
	echo "$step: $SECONDS s"
done
phase end
wait_for gives "$in_place" mroute $s4 $g4
stop flood4
[ -z "$route6" ] || stop flood6
watch_stop end 1
