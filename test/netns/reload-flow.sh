#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reloads during a flow of 10,000 packets: none is lost, no report is sent of what did not change.
# tags: load
. "${0%/*}/../lib.sh"

packets=10000

# What stays is in both; all else differs: outbound interfaces, inbound ones,
# hairpin routes, ranges, groups, thresholds.
common="mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source $s6 group $g6 to eth0 eth1
mgroup from eth0 group $g4
mgroup from eth0 group $g6
mgroup from eth0 source $s4 group 232.1.1.1
mroute from eth0 group 239.3.0.0/16 to eth1"

one()
{
	configure <<-CONF
	$common
	mroute from eth0 source $s4 group 239.2.2.2 to eth0 eth2
	mroute from eth0 source $s4 group 239.2.2.3 to eth1 eth2
	mroute from eth1 source $s4 group 239.2.2.4 to eth2
	mroute from eth0 group 239.3.3.0/24 to eth2
	mgroup from eth0 group 239.2.2.2
	CONF
}

other()
{
	configure <<-CONF
	phyint eth2 ttl-threshold 3
	mroute from eth0 source $s4 group 239.2.2.3 to eth1
	mroute from eth2 source $s4 group 239.2.2.4 to eth2 eth0
	mroute from eth0 group 239.3.0.0/17 to eth1
	mgroup from eth0 group 239.2.2.9
	$common
	CONF
}

# got NAME TTL: each number once
got()
{
	wait_for at_least "$1" "^in $2 " $packets
	stop "$1"
	awk -v ttl="$2" '$1 == "in" && $2 == ttl { print $8 }' "$T/$1.out" |
		sort -n | uniq >"$T/numbers"
	equal "$1: different packets" $packets "$(wc -l <"$T/numbers")"
	equal "$1: packets" "total $packets dropped 0" "$(last "$1")"
}

# reports NAME GROUP: so far
reports()
{
	lines "$1" " $2( |\$)"
}

topology 3
one
start igmp @h0 mcast capture -i eth0 224.0.0.22
start mld @h0 mcast capture -i eth0 ff02::16
daemon_start -c 0
# A change is reported twice, within a second or so.  The capture does not
# take MLD reports apart: wait until there are no more.
wait_for at_least igmp " $g4( |\$)" 2
mld_is_quiet()
{
	local before
	before=$(lines mld '^in')
	[ "$before" -ge 2 ] && sleep 2.2 && [ "$(lines mld '^in')" = "$before" ]
}
wait_for mld_is_quiet
igmp=$(reports igmp $g4)
ssm=$(reports igmp 232.1.1.1)
mld=$(lines mld '^in')
vifs=$(json '[.interfaces[] | .vif, .mif]' interfaces)

start back4 @h0 mcast capture -i eth0 $g4
start back6 @h0 mcast capture -i eth0 $g6
start far4 @h1 mcast capture -i eth1 $g4
start far6 @h1 mcast capture -i eth1 $g6
start learned @h1 mcast capture -i eth1 239.3.3.3
# While a flow is being learned the kernel keeps a few packets and no more.
on h0 mcast inject -T 5 eth0 $s4 239.3.3.3 >/dev/null
wait_for gives "eth0 > eth1 eth2" mroute $s4 239.3.3.3
start flow4 @h0 mcast inject -N -T 9 -n $packets -r 2500 eth0 $s4 $g4
start flow6 @h0 mcast inject -N -T 9 -n $packets -r 2500 eth0 $s6 $g6
start flow @h0 mcast inject -N -T 9 -n $packets -r 2500 eth0 $s4 239.3.3.3
reloads=0
while alive "${pids[flow4]}"; do
	if ((reloads % 2)); then one; else other; fi
	reload
	reloads=$((reloads + 1))
	# No route that was dropped, and no outbound interface, stays.
	if ((reloads % 2)); then
		equal "dropped" "" "$(mroute $s4 239.2.2.2)"
		equal "dropped OIF" "eth0 > eth1" "$(mroute $s4 239.2.2.3)"
		equal "moved" "eth2 > eth0 eth2(ttl 3)" "$(mroute $s4 239.2.2.4)"
		equal "learned" "eth0 > eth1" "$(mroute $s4 239.3.3.3)"
	else
		equal "back" "eth0 > eth0 eth2" "$(mroute $s4 239.2.2.2)"
		equal "OIF added" "eth0 > eth1 eth2" "$(mroute $s4 239.2.2.3)"
		equal "moved" "eth1 > eth2" "$(mroute $s4 239.2.2.4)"
		equal "learned" "eth0 > eth1 eth2" "$(mroute $s4 239.3.3.3)"
	fi
	equal "numbers of interfaces" "$vifs" \
		"$(json '[.interfaces[] | .vif, .mif]' interfaces)"
done
finish flow4
finish flow6
finish flow
[ "$reloads" -ge 10 ] || fail "only $reloads reloads"
got back4 8
got back6 8
got far4 8
got far6 8
wait_for at_least learned '^in 8 ' $packets
stop learned

# What did change was reported, so that what did not would have been seen.
wait_for at_least igmp ' 239.2.2.9( |$)' 1
equal "MLD reports" "$mld" "$(lines mld '^in')"
ctl join eth0 ff0e::9
wait_for at_least mld '^in' $((mld + 1))
stop igmp mld
equal "IGMP reports" "$igmp" "$(reports igmp $g4)"
equal "IGMP reports of the source" "$ssm" "$(reports igmp 232.1.1.1)"
