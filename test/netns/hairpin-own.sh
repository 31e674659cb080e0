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

# family 4|6: sets s, g and own
family()
{
	s=s$1 g=g$1 own=own$1
	s=${!s} g=${!g} own=${!own}
}

# address add|del ADDRESS dev IF
address()
{
	if [[ $2 == *:* ]]; then
		[ "$1" = del ] || set -- "$@" nodad
		ip addr "${1}" "$2/128" "${@:3}"
	else
		ip addr "$1" "$2/32" "${@:3}"
	fi
}

topology 2
export own4=198.18.1.254 own6=fd00:1::fe
# Static entries of own and of foreign sources, and then templates.
for kind in static learned; do
	if [ $kind = static ]; then
		configure <<-CONF
		hairpin $policy
		mroute from eth0 source $own4 group $g4 to eth0 eth1
		mroute from eth0 source $own6 group $g6 to eth0 eth1
		mroute from eth0 source $s4 group $g4 to eth0 eth1
		mroute from eth0 source $s6 group $g6 to eth0 eth1
		mgroup from eth0 group 239.1.1.2
		CONF
	else
		configure <<-CONF
		hairpin $policy
		mroute from eth0 group $g4 to eth0 eth1
		mroute from eth0 group $g6 to eth0 eth1
		CONF
	fi
	daemon_start
	for n in $families; do
		family "$n"
		forwards "$s" "$g"
		sends "$own" "$g"
		equal "$kind: state of ($own, $g)" own "$(hairpin state "$own" "$g")"
		equal "$kind: guard of ($own, $g)" null "$(hairpin guard "$own" "$g")"
		equal "$kind: entry of ($own, $g)" "eth0 > eth1" \
			"$(mroute "$own" "$g")"

		# An address that comes makes the source an own one, and back.
		address add "$s" dev eth1
		wait_for gives "eth0 > eth1" mroute "$s" "$g"
		equal "$kind: came" own "$(hairpin state "$s" "$g")"
		sends "$s" "$g"
		address del "$s" dev eth1
		wait_for gives "$(behind "eth0 > eth0 eth1")" mroute "$s" "$g"
		equal "$kind: went" guarded "$(hairpin state "$s" "$g")"
		forwards "$s" "$g"
	done
	daemon_stop
done
