#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's own multicast is sent, looped back and forwarded while guards are in place.
#
# The kernel forwards it by a looped copy, which is what a guard looks for.
. "${0%/*}/../lib.sh"

# sends ADDRESS GROUP: the local program's datagrams reach each once
sends()
{
	start wire @h0 mcast capture -i -S "$1" eth0 "$2"
	start far @h1 mcast capture -i -S "$1" eth1 "$2"
	start member mcast recv -x -j eth0 "$2"
	mcast send -n 3 -S "$1" eth0 "$2" >/dev/null
	wait_for at_least wire '^in' 3
	wait_for at_least far '^in' 3
	wait_for at_least member '^eth0' 3
	# One more, so that a late second copy of the first would be seen.
	mcast send -S "$1" -T 9 eth0 "$2" >/dev/null
	wait_for at_least far '^in 8' 1
	stop wire far member
	equal "$2: frames on the interface" "64 64 64 9" "$(ttls wire)"
	equal "$2: frames forwarded" "63 63 63 8" "$(ttls far)"
	equal "$2: copies at the member" "total 4" "$(last member)"
}

# The same flow from the wire still goes through, once.
forwards()
{
	start wire @h0 mcast capture -i -S "$1" eth0 "$2"
	start member mcast join eth0 "$2"
	on h0 mcast inject -T 5 eth0 "$1" "$2" >/dev/null
	marker h0 eth0 "$1" "$2" wire
	equal "$2: from the wire" 4 "$(ttls wire)"
	stop wire member
}

topology 2
own4=198.18.1.254 own6=fd00:1::fe
# Static entries of own and of foreign sources, and then templates.
for kind in static learned; do
	if [ $kind = static ]; then
		configure <<-CONF
		mroute from eth0 source $own4 group $g4 to eth0 eth1
		mroute from eth0 source $own6 group $g6 to eth0 eth1
		mroute from eth0 source $s4 group $g4 to eth0 eth1
		mroute from eth0 source $s6 group $g6 to eth0 eth1
		mgroup from eth0 group 239.1.1.2
		CONF
	else
		configure <<-CONF
		mroute from eth0 group $g4 to eth0 eth1
		mroute from eth0 group $g6 to eth0 eth1
		CONF
	fi
	daemon_start
	forwards $s4 $g4
	forwards $s6 $g6
	sends $own4 $g4
	sends $own6 $g6
	for flow in "$own4 $g4" "$own6 $g6"; do
		read -r s g <<<"$flow"
		equal "$kind: state of ($s, $g)" own "$(hairpin state "$s" "$g")"
		equal "$kind: guard of ($s, $g)" null "$(hairpin guard "$s" "$g")"
		equal "$kind: entry of ($s, $g)" "eth0 > eth1" "$(mroute "$s" "$g")"
	done

	# An address that comes makes the source an own one, and back.
	ip addr add $s4/32 dev eth1
	ip addr add $s6/128 dev eth1 nodad
	wait_for gives "eth0 > eth1" mroute $s4 $g4
	wait_for gives "eth0 > eth1" mroute $s6 $g6
	equal "$kind: came" own "$(hairpin state $s4 $g4)"
	equal "$kind: came" own "$(hairpin state $s6 $g6)"
	ip addr del $s4/32 dev eth1
	ip addr del $s6/128 dev eth1
	wait_for gives "eth0 > eth0 eth1" mroute $s4 $g4
	wait_for gives "eth0 > eth0 eth1" mroute $s6 $g6
	equal "$kind: went" guarded "$(hairpin state $s4 $g4)"
	forwards $s4 $g4
	forwards $s6 $g6
	daemon_stop
done
