#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# kill -9 under load leaves no nftables table and no route, and lets no burst out.
#
# tags: load
. "${0%/*}/../lib.sh"
need nft

gone()
{
	[ "$(mroute_count)" = 0 ] && [ -z "$(nft list tables)" ]
}

topology 1
configure <<CONF
hairpin $policy
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $s6 group $g6 to eth0
CONF
start member4 mcast join eth0 $g4
start member6 mcast join eth0 $g6
for n in $families; do
	s=s$n g=g$n
	start "wire$n" @h0 mcast capture -i -B 63 eth0 "${!g}"
	start "flood$n" @h0 mcast inject -f eth0 "${!s}" "${!g}"
done

for ((i = 0; i < ${ROUNDS:-20}; i++)); do
	daemon_start
	equal "round $i" guarded "$(hairpin state)"
	daemon_kill
	# The kernel closes a dead process's sockets, not quite at once.
	wait_for gone
done

for n in $families; do
	stop "flood$n"
done
for n in $families; do
	stop "wire$n"
	echo "wire$n: $(last "wire$n")"
	read -r _ frames _ below _ dropped <<<"$(last "wire$n")"
	equal "IPv$n: frames of a burst" 0 "$below"
	equal "IPv$n: dropped" 0 "$dropped"
	[ "$frames" -ge 1000 ] || fail "IPv$n: only $frames frames forwarded"
done
