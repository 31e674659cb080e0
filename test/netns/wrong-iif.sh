#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A flow that comes in elsewhere than before moves where a template is; a static route stays.
. "${0%/*}/../lib.sh"

# moves SOURCE GROUP: learned on eth0, then the flow comes in on eth1
moves()
{
	on h0 mcast inject -T 5 eth0 "$1" "$2" >/dev/null
	wait_for gives "eth0 > eth2" mroute "$1" "$2"
	on h1 mcast inject -T 5 eth1 "$1" "$2" >/dev/null
	wait_for gives "eth1 > eth0 eth2" mroute "$1" "$2"
	equal "one row of ($1, $2)" 1 "$(json "[.routes.kernel[] |
		select(.source == \"$1\" and .group == \"$2\")] | length")"
	start h2 @h2 mcast capture -i eth2 "$2"
	on h1 mcast inject -T 5 eth1 "$1" "$2" >/dev/null
	wait_for at_least h2 '^in 4' 1
	stop h2
}

# stays SOURCE GROUP WHAT IIF-AND-OIFS: a frame on eth1 changes nothing
stays()
{
	log_mark
	on h1 mcast inject -T 5 eth1 "$1" "$2" >/dev/null
	wait_log "\\($1, $2\\) came in on eth1 instead of eth0"
	equal "$3" "$4" "$(mroute "$1" "$2")"
}

topology 3
configure <<CONF
mroute from eth0 group 239.1.0.0/16 to eth2
mroute from eth1 group 239.1.0.0/16 to eth0 eth2
mroute from eth0 group ff0e::/112 to eth2
mroute from eth1 group ff0e::/112 to eth0 eth2
mroute from eth0 source $s4 group 239.1.2.2 to eth2
mroute from eth0 source $s6 group ff0e::2 to eth2
mroute from eth0 group 239.3.3.3 to eth2
mroute from eth0 group ff0e:1::3 to eth2
phyint eth1 enable
CONF
daemon_start -c 0
moves $s4 239.1.1.1
moves $s6 ff0e::1

stays $s4 239.1.2.2 "static" "eth0 > eth2"
stays $s6 ff0e::2 "static" "eth0 > eth2"

on h0 mcast inject -T 5 eth0 $s4 239.3.3.3 >/dev/null
wait_for gives "eth0 > eth2" mroute $s4 239.3.3.3
stays $s4 239.3.3.3 "no template there" "eth0 > eth2"

# Stop filters have no outbound interface, and are reported all the same.
on h0 mcast inject -T 5 eth0 $s4 239.9.9.9 >/dev/null
on h0 mcast inject -T 5 eth0 $s6 ff0e:9::9 >/dev/null
wait_for gives "eth0 >" mroute $s4 239.9.9.9
wait_for gives "eth0 >" mroute $s6 ff0e:9::9
ctl add eth1 239.9.9.9 eth2
ctl add eth1 ff0e:9::9 eth2
on h1 mcast inject -T 5 eth1 $s4 239.9.9.9 >/dev/null
on h1 mcast inject -T 5 eth1 $s6 ff0e:9::9 >/dev/null
wait_for gives "eth1 > eth2" mroute $s4 239.9.9.9
wait_for gives "eth1 > eth2" mroute $s6 ff0e:9::9

# Without the template it moved to, the entry is gone; what was left behind
# on the old interface takes nothing with it.
ctl remove eth1 239.1.0.0/16
equal "template gone" "" "$(mroute $s4 239.1.1.1)"
ctl flush
equal "flush" "" "$(mroute $s6 ff0e::1)"
equal "flush, static" "eth0 > eth2" "$(mroute $s6 ff0e::2)"
on h0 mcast inject -T 5 eth0 $s4 239.1.1.1 >/dev/null
wait_for gives "eth0 > eth2" mroute $s4 239.1.1.1

# A static route takes over an entry that came in elsewhere.
on h1 mcast inject -T 5 eth1 $s6 ff0e::1 >/dev/null
wait_for gives "eth1 > eth0 eth2" mroute $s6 ff0e::1
ctl add eth0 $s6 ff0e::1 eth1
equal "taken over" "eth0 > eth1 eth2" "$(mroute $s6 ff0e::1)"
