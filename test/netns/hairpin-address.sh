#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon's own join excludes the very address the kernel forwards with.
#
# Then the kernel makes no looped copies at all, so `suppressed` stays 0.
. "${0%/*}/../lib.sh"

# Sources that the joins of $g4 on eth0 exclude, as /proc has them.
excluded()
{
	local hex
	hex=$(printf '0x%02x%02x%02x%02x' 239 1 1 1)
	awk -v group="$hex" '$2 == "eth0" && $3 == group && $6 > 0 {
		printf "%s%s", sep, $4; sep = " " }' /proc/net/mcfilter |
	while read -r -d ' ' word || [ "$word" ]; do
		printf '%d.%d.%d.%d\n' "0x${word:2:2}" "0x${word:4:2}" \
			"0x${word:6:2}" "0x${word:8:2}"
	done
}

# The address that the kernel picks, asked by another way than the daemon's.
picked()
{
	ip route get "$g4" oif eth0 | sed -n 's/.* src \([0-9.]*\).*/\1/p'
}

# exact ADDRESS: that one is excluded, and the route works without a guard
exact()
{
	equal "address the kernel picks" "$1" "$(picked)"
	wait_for gives "$1" excluded
	start wire @h0 mcast capture -i eth0 $g4
	start bare mcast recv $g4
	on h0 mcast inject -T 5 eth0 $s4 $g4 >/dev/null
	marker h0 eth0 $s4 $g4 wire
	stop wire bare
	equal "$1: frames" 4 "$(ttls wire)"
	equal "$1: copies at a bound socket" "total 1" "$(last bare)"
	equal "$1: suppressed" 0 "$(hairpin suppressed)"
}

# No membership report that leaves: record type 3 (to include), RFC 3376.
no_leave()
{
	marker_report
	equal "leaves on the wire" 0 "$(lines igmp " 3 $g4( |\$)")"
}

# A report that comes behind all others.
marker_report()
{
	local n=$((${reports:-0} + 1))
	reports=$n
	start "sign$n" mcast join eth0 "239.77.0.$n"
	wait_for at_least igmp " 4 239.77.0.$n( |\$)" 1
	stop "sign$n"
}

topology 2
sysctl_set net/ipv4/conf/eth0/force_igmp_version=3
daemon_start
start igmp @h0 mcast capture -i eth0 224.0.0.22

# A join is plain until there is a hairpin route, converted then, and back.
ctl join eth0 $g4
equal "without a hairpin route" "" "$(excluded)"
ctl add eth0 $s4 $g4 eth1
equal "with a route elsewhere" "" "$(excluded)"
ctl add eth0 $s4 $g4 eth0
exact 198.18.1.254
ctl remove eth0 $s4 $g4 eth0
equal "hairpin route removed" "" "$(excluded)"
ctl add eth0 198.18.0.0/16 239.1.0.0/16 eth0
wait_for gives 198.18.1.254 excluded
ctl remove eth0 198.18.0.0/16 239.1.0.0/16
equal "template removed" "" "$(excluded)"
ctl remove eth0 $s4 $g4
ctl add eth0 $s4 $g4 eth0
no_leave

# Several addresses, and one that is secondary.
ip addr add 198.18.1.253/24 dev eth0
ip addr add 198.18.9.9/24 dev eth0
exact 198.18.1.254
# The primary goes, and with it its secondary.
ip addr del 198.18.1.254/24 dev eth0
exact 198.18.9.9
# Link scope only: the kernel takes another interface's.
ip addr del 198.18.9.9/24 dev eth0
ip addr add 169.254.1.1/16 dev eth0 scope link
exact 198.18.2.254
# Unnumbered, and the other interface changes.
ip addr flush dev eth0 scope link
exact 198.18.2.254
ip addr del 198.18.2.254/24 dev eth1
ip addr add 198.18.2.99/24 dev eth1
exact 198.18.2.99
ip addr add 198.18.1.254/24 dev eth0
exact 198.18.1.254
no_leave
ctl leave eth0 $g4
equal "left" 0 "$(users eth0 $g4)"
stop igmp
daemon_stop

# With the policy off the join is plain, in whatever order.
configure <<CONF
mgroup from eth0 group $g4
mroute from eth0 source $s4 group $g4 to eth0
CONF
daemon_start
wait_for gives 198.18.1.254 excluded
{ cat "$conf"; echo "phyint eth0 hairpin off"; } >"$conf.new"
mv "$conf.new" "$conf"
reload
equal "policy off" "" "$(excluded)"
equal "policy off" 1 "$(users eth0 $g4)"
wait_log "$g4"
