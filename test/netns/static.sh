#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An (S,G) route takes each datagram once to each of its outbound interfaces.
. "${0%/*}/../lib.sh"

# carries SOURCE GROUP HOST...: 100 datagrams, each once, TTL one lower
carries()
{
	local s=$1 g=$2 host i=0
	shift 2
	for host in h1 h2; do
		i=$((i + 1))
		start "$host" "@$host" mcast capture -i "eth$i" "$g"
	done
	on h0 mcast inject -N -n 100 -T 10 eth0 "$s" "$g" >/dev/null
	for host; do
		wait_for at_least "$host" '^in' 100
	done
	stop h1 h2
	for host in h1 h2; do
		case " $* " in
		*" $host "*)
			equal "$g at $host" 100 "$(lines "$host" '^in 9 ')"
			equal "$g at $host, different ones" 100 \
				"$(awk '$1 == "in" { print $8 }' \
					"$T/$host.out" | sort -u | wc -l)"
			;;
		esac
		[[ " $* " == *" $host "* ]] ||
			equal "$g at $host" "total 0 dropped 0" "$(last "$host")"
	done
}

topology 3
configure <<CONF
# a comment
phyint eth0 enable
mroute from eth0 group $g4 source $s4 to eth1   # and one here
mroute from eth0 source $s6 group $g6 to eth1 eth2
CONF
daemon_start
equal "entry" "eth0 > eth1" "$(mroute $s4 $g4)"
equal "entry" "eth0 > eth1 eth2" "$(mroute $s6 $g6)"
equal "VIF of the first phyint" 0 \
	"$(json '.interfaces[] | select(.name == "eth0") | .vif' interfaces)"
carries $s4 $g4 h1
carries $s6 $g6 h1 h2

# Another outbound is added in place, and taken out again.
ctl add eth0 $s4 $g4 eth2
equal "added" "eth0 > eth1 eth2" "$(mroute $s4 $g4)"
carries $s4 $g4 h1 h2
ctl remove eth0 $s4 $g4 eth1
equal "one removed" "eth0 > eth2" "$(mroute $s4 $g4)"
carries $s4 $g4 h2
ctl remove eth0 $s6 $g6 eth1 eth2
equal "all removed: stop filter" "eth0 >" "$(mroute $s6 $g6)"
carries $s6 $g6
ctl remove eth0 $s6 $g6
equal "rule removed" "" "$(mroute $s6 $g6)"

# A client's own route, and the counters.
ctl add eth0 198.18.1.77 239.7.7.7 eth1 eth2
carries 198.18.1.77 239.7.7.7 h1 h2
ctl show -d | grep -Eq '^\(198\.18\.1\.77, 239\.7\.7\.7\) +eth0 +100 ' ||
	fail "counters: $(ctl show -d)"

# The wrong inbound interface, and TTL 1, go nowhere.
start h2 @h2 mcast capture -i eth2 239.7.7.7
on h1 mcast inject -T 10 eth1 198.18.1.77 239.7.7.7 >/dev/null
on h0 mcast inject -T 1 eth0 198.18.1.77 239.7.7.7 >/dev/null
on h0 mcast inject -p 9 -T 5 -m marker eth0 198.18.1.77 239.7.7.7 >/dev/null
wait_for at_least h2 '^in .* 9 marker$' 1
stop h2
equal "wrong interface or TTL 1" "total 1 dropped 0" "$(last h2)"
daemon_stop
equal "after the end" 0 "$(mroute_count)"

# IPv4 has thresholds: forwarded when the TTL is greater.
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1 eth2
phyint eth1 enable ttl-threshold 10
CONF
daemon_start
start h1 @h1 mcast capture -i eth1 $g4
start h2 @h2 mcast capture -i eth2 $g4
for ttl in 9 10 11; do
	on h0 mcast inject -T $ttl eth0 $s4 $g4 >/dev/null
done
wait_for at_least h1 '^in' 1
wait_for at_least h2 '^in' 3
stop h1 h2
equal "threshold 10" 10 "$(ttls h1)"
equal "threshold 1" "8 9 10" "$(ttls h2)"
