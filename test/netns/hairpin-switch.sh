#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# From guard to guard under full load no packet comes back twice.
#
# The kernel and the relay could each send a packet of the moment in which one
# takes over: both copies would have TTL 63, so that the packets are numbered.
# To see it fail, leave out relay_drain() of op_guard_settle().
#
# tags: load timing
# timeout: 180
. "${0%/*}/../lib.sh"

# policy_set WORD: by a reload, which also moves the templates' entries
policy_set()
{
	configure <<-CONF
	hairpin $1
	mroute from eth0 source $s4 group $g4 to eth0
	mroute from eth0 source $s6 group $g6 to eth0
	CONF
	reload
}

topology 1
: | configure
daemon_start
policy_set netfilter
start member4 mcast join eth0 $g4
start member6 mcast join eth0 $g6
for n in 4 6; do
	s=s$n g=g$n
	start "numbers$n" @h0 mcast capture -iqN eth0 "${!g}"
	start "wire$n" @h0 mcast capture -i -B 63 eth0 "${!g}"
	start "flood$n" @h0 mcast inject -fN -r "${RATE:-60000}" eth0 \
		"${!s}" "${!g}"
done
for ((i = 0; i < ${ROUNDS:-25}; i++)); do
	for word in relay netfilter relay table relay refuse relay; do
		policy_set $word
		case $word in
		refuse) continue ;;
		esac
		equal "$word" "guarded $word" "$(hairpin state) $(hairpin guard)"
	done
	policy_set netfilter
done
for n in 4 6; do
	stop "flood$n"
	stop "wire$n" "numbers$n"
	echo "IPv$n: $(last "flood$n"); $(last "wire$n"); $(last "numbers$n")"
	read -r _ frames _ below _ _ <<<"$(last "wire$n")"
	read -r _ _ _ _ _ numbers _ again <<<"$(last "numbers$n")"
	equal "IPv$n: frames of a burst" 0 "$below"
	equal "IPv$n: numbers that came again" 0 "$again"
	[ "$numbers" -ge 1000 ] || fail "IPv$n: only $numbers of $frames seen"
done
