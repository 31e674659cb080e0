#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# (*,G) and prefix rules learn entries from traffic; other flows get stop filters.
. "${0%/*}/../lib.sh"

# learns SOURCE GROUP "OIFS": from one datagram, which is forwarded too
learns()
{
	start h1 @h1 mcast capture -i eth1 "$2"
	equal "($1, $2) before" "" "$(mroute "$1" "$2")"
	on h0 mcast inject -T 5 eth0 "$1" "$2" >/dev/null
	wait_for gives "eth0 >$3" mroute "$1" "$2"
	if [ "$3" ]; then
		wait_for at_least h1 '^in 4' 1
	fi
	on h0 mcast inject -T 6 eth0 "$1" "$2" >/dev/null
	if [ "$3" ]; then
		wait_for at_least h1 '^in 5' 1
	fi
	stop h1
	equal "($1, $2): frames" "${3:+4 5}" "$(ttls h1)"
}

topology 3
configure <<CONF
mroute from eth0 group 239.1.1.1 to eth1
mroute from eth0 group 239.2.0.0/16 to eth1
mroute from eth0 source 198.18.1.0/25 group 239.3.3.3 to eth1 eth2
mroute from eth0 source 198.18.1.0/24 group 239.4.0.0/24 to eth1
mroute from eth0 group ff0e::1 to eth1
mroute from eth0 source fd00:1::/64 group ff0e::2:0/112 to eth1 eth2
CONF
daemon_start -c 0
equal "entries before traffic" 0 "$(mroute_count)"
learns 198.18.1.1 239.1.1.1 " eth1"
learns 198.18.1.2 239.2.3.4 " eth1"
learns 198.18.1.3 239.3.3.3 " eth1 eth2"
learns 198.18.1.200 239.3.3.3 ""
learns 198.18.1.4 239.4.0.255 " eth1"
learns 198.18.1.4 239.4.1.0 ""
learns fd00:1::1 ff0e::1 " eth1"
learns fd00:1::2 ff0e::2:ffff " eth1 eth2"
learns fd00:2::2 ff0e::2:1 ""

# A stop filter becomes a route when a rule comes, and back.
ctl add eth0 239.4.1.0 eth1
equal "stop filter opened" "eth0 > eth1" "$(mroute 198.18.1.4 239.4.1.0)"
ctl remove eth0 239.4.1.0
equal "covered no more" "" "$(mroute 198.18.1.4 239.4.1.0)"
learns 198.18.1.4 239.4.1.0 ""

# All rules that cover an entry count, in whatever order they come.
ctl add eth0 239.2.3.0/24 eth2
equal "union" "eth0 > eth1 eth2" "$(mroute 198.18.1.2 239.2.3.4)"
learns 198.18.1.5 239.2.3.5 " eth1 eth2"
ctl add eth0 198.18.1.5 239.2.3.5 eth2
equal "static in a range" "eth0 > eth1 eth2" "$(mroute 198.18.1.5 239.2.3.5)"
ctl remove eth0 239.2.0.0/16
equal "one rule less" "eth0 > eth2" "$(mroute 198.18.1.2 239.2.3.4)"
ctl remove eth0 239.2.3.0/24
equal "no rule left" "" "$(mroute 198.18.1.2 239.2.3.4)"
equal "static stays" "eth0 > eth2" "$(mroute 198.18.1.5 239.2.3.5)"
daemon_stop

# Idle entries go, active and static ones stay.
configure <<CONF
mroute from eth0 group 239.1.1.1 to eth1
mroute from eth0 source 198.18.1.9 group 239.9.9.9 to eth1
CONF
daemon_start -c 2
start flow @h0 mcast inject -r 20 eth0 198.18.1.1 239.1.1.1
on h0 mcast inject eth0 198.18.1.2 239.1.1.1 >/dev/null
on h0 mcast inject eth0 198.18.1.2 239.8.8.8 >/dev/null
wait_for gives "eth0 >" mroute 198.18.1.2 239.8.8.8
wait_for gives "eth0 > eth1" mroute 198.18.1.1 239.1.1.1
wait_for gives "" mroute 198.18.1.2 239.1.1.1
wait_for gives "" mroute 198.18.1.2 239.8.8.8
equal "active" "eth0 > eth1" "$(mroute 198.18.1.1 239.1.1.1)"
equal "static" "eth0 > eth1" "$(mroute 198.18.1.9 239.9.9.9)"
stop flow
wait_for gives "" mroute 198.18.1.1 239.1.1.1
equal "static" "eth0 > eth1" "$(mroute 198.18.1.9 239.9.9.9)"
