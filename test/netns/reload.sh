#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload changes what differs and nothing else: no packet of the rest is lost.
. "${0%/*}/../lib.sh"

# Forwarded so far, as the kernel counts.
packets()
{
	ip -s mroute show | tr '\n' ' ' | sed 's/(/\n(/g' |
		sed -n "s/^($s4,$g4).* \([0-9]*\) packets.*/\1/p"
}

topology 3
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1
mroute from eth0 source $s4 group 239.1.1.2 to eth1 eth2
mroute from eth0 source $s6 group $g6 to eth1
mroute from eth0 source $s4 group 239.1.1.3 to eth1
mroute from eth0 group 239.3.0.0/16 to eth1 eth2
mgroup from eth0 group 239.1.1.1
mgroup from eth0 group 239.1.1.2
CONF
daemon_start -c 0
on h0 mcast inject eth0 $s4 239.3.3.3 >/dev/null
wait_for gives "eth0 > eth1 eth2" mroute $s4 239.3.3.3
on h0 mcast inject eth0 $s4 239.4.4.4 >/dev/null
wait_for gives "eth0 >" mroute $s4 239.4.4.4
ctl add eth0 $s4 239.9.9.9 eth1
ctl join eth0 239.9.9.9
vif=$(json '.interfaces[] | select(.name == "eth1") | .vif' interfaces)

start far @h1 mcast capture -q -i eth1 $g4
start igmp @h0 mcast capture -i eth0 224.0.0.22
start flow @h0 mcast inject -N -n 3000 -r 2000 eth0 $s4 $g4
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1
mroute from eth0 source $s4 group 239.1.1.2 to eth1
mroute from eth0 source $s6 group $g6 to eth2
mroute from eth0 group 239.3.0.0/16 to eth2
mroute from eth0 group 239.4.0.0/16 to eth1
mgroup from eth0 group 239.1.1.1
CONF
reload
equal "outbound gone" "eth0 > eth1" "$(mroute $s4 239.1.1.2)"
equal "outbound changed" "eth0 > eth2" "$(mroute $s6 $g6)"
equal "rule gone" "" "$(mroute $s4 239.1.1.3)"
equal "learned" "eth0 > eth2" "$(mroute $s4 239.3.3.3)"
equal "stop filter covered now" "eth0 > eth1" "$(mroute $s4 239.4.4.4)"
equal "client's route" "" "$(mroute $s4 239.9.9.9)"
wait_for gives 0 users eth0 239.9.9.9
wait_for gives 0 users eth0 239.1.1.2
equal "group kept" 1 "$(users eth0 $g4)"
equal "VIF kept" "$vif" \
	"$(json '.interfaces[] | select(.name == "eth1") | .vif' interfaces)"

# The client's way, unchanged; the next `show` sees the new state.
before=$(mtime)
ctl reload
wait_for touched_since "$before"
equal "again" "eth0 > eth1" "$(mroute $s4 $g4)"
finish flow
wait_for gives 3000 packets
stop far
equal "packets through two reloads" "total 3000 dropped 0" "$(last far)"
wait_for at_least igmp ' 239.9.9.9( |$)' 1
stop igmp
equal "reports of the kept group" 0 "$(lines igmp " $g4( |\$)")"

# Errors name file and line, the good lines work.
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1

mroute from eth0 source $s4 group 198.18.1.1 to eth1
mroute from eth0 source $s4 group 239.6.6.6 to eth2
CONF
log_mark
reload
wait_log "$conf line 3: "
equal "errors" 1 "$(log_count "$conf line")"
equal "line after the error" "eth0 > eth2" "$(mroute $s4 239.6.6.6)"
equal "kept" "eth0 > eth1" "$(mroute $s4 $g4)"

# A file that cannot be read leaves everything as it is.
mv "$conf" "$conf.away"
log_mark
status 1 ctl reload
wait_log "$conf"
equal "unreadable file" "eth0 > eth2" "$(mroute $s4 239.6.6.6)"
mv "$conf.away" "$conf"

# Nothing left.
: >"$conf"
reload
equal "empty file" 0 "$(mroute_count)"
