#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With -p the daemon runs as that user, with the capabilities it needs and no more, and still does everything.
# needs: root
. "${0%/*}/../lib.sh"
getent passwd nobody >/dev/null || skip "there is no user nobody"

proc()
{
	awk -v key="$1:" '$1 == key { $1 = ""; print substr($0, 2) }' \
		"/proc/$daemon_pid/status"
}

group=$(getent group nogroup nobody | sed -n '1s/:.*//p')
uid=$(id -u nobody)
gid=$(getent group "$group" | cut -d: -f3)

topology 2
configure <<CONF
hairpin netfilter
mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source 198.18.1.0/24 group 239.2.0.0/16 to eth1
mgroup from eth0 group $g4
CONF
daemon_start -p "nobody:$group"
wait_for gives "$uid $uid $uid $uid" proc Uid
equal "group" "$gid $gid $gid $gid" "$(proc Gid)"
# Bits 12 and 13: CAP_NET_ADMIN, and CAP_NET_RAW where a later configuration
# may switch mrdisc on.
caps=0000000000001000
if built_with ENABLE_MRDISC; then
	caps=0000000000003000
fi
equal "permitted" $caps "$(proc CapPrm)"
equal "effective" $caps "$(proc CapEff)"
equal "inheritable" 0000000000000000 "$(proc CapInh)"
equal "ambient" 0000000000000000 "$(proc CapAmb)"
equal "PID file" "$uid:$gid" "$(stat -c %u:%g "$pidfile")"
equal "socket" 0 "$(stat -c %u "$sock")"

# Routes, guards, groups, learning, interfaces, reload.
status 0 ctl add eth0 $s4 239.9.9.9 eth0 eth1
equal "route" "eth0 > eth0 eth1" "$(mroute $s4 239.9.9.9)"
equal "guard" guarded "$(hairpin state $s4 239.9.9.9)"
status 0 ctl join eth0 239.9.9.9
equal "joined" 1 "$(users eth0 239.9.9.9)"
on h0 mcast inject eth0 $s4 239.2.2.2 >/dev/null
wait_for gives "eth0 > eth1" mroute $s4 239.2.2.2
echo "mroute from eth0 source $s4 group 239.2.2.3 to eth5" >>"$conf"
reload
equal "after the reload" "" "$(mroute $s4 239.9.9.9)"
link_add eth5 h5
wait_for gives "eth0 > eth1 eth5" mroute $s4 239.2.2.3
status 0 ctl join eth0 239.77.0.0/24
wait_for gives 257 json '.groups.kernel | length' groups
daemon_stop
equal "after the end" 0 "$(mroute_count)"
# In a directory of root nothing can be removed, but emptied it can be.
equal "what is left of the PID file" "" "$(cat "$pidfile" 2>/dev/null || true)"

# Not a user, or not a group.
status 1 smcrouted -n -p nosuchuser
said nosuchuser
status 1 smcrouted -n -p nobody:nosuchgroup
said nosuchgroup
