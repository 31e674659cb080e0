#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two daemons with tables of their own route side by side, each for its interfaces.
. "${0%/*}/../lib.sh"

# other CMD...: smcroutectl of the second
other()
{
	smcroutectl -u "$T/sock2" "$@"
}

has()
{
	[ -e "$1" ]
}

table_of()
{
	ip mroute show table "$1" | grep -c "$2" || true
}

# passes HOST IF SOURCE OUT-HOST OUT-IF
passes()
{
	start far "@$4" mcast capture -i -n 1 "$5" "$6"
	on "$1" mcast inject -T 5 "$2" "$3" "$6" >/dev/null
	finish far
	equal "$6 by $5" 4 "$(ttls far)"
}

topology 4
ip mrule add iif eth2 lookup 123 2>/dev/null ||
	skip "this kernel has no multicast tables"
ip mrule add oif eth2 lookup 123
ip -6 mrule add iif eth2 lookup 123
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source $s6 group $g6 to eth1
mgroup from eth0 group $g4
CONF
cat >"$T/conf2" <<CONF
mroute from eth2 source 198.18.3.1 group $g4 to eth2 eth3
mroute from eth2 source fd00:3::1 group $g6 to eth3
mroute from eth2 group 239.2.0.0/16 to eth3
mgroup from eth2 group $g4
CONF
daemon_start
smcrouted -n -t 123 -i second -f "$T/conf2" -u "$T/sock2" -P "$T/pid2" \
	-l debug >"$T/second.out" 2>&1 &
pids[second]=$!
wait_for has "$T/pid2"

equal "main table" "1 0" "$(table_of default 198.18.1.1) $(table_of default 198.18.3.1)"
equal "table 123" "0 1" "$(table_of 123 198.18.1.1) $(table_of 123 198.18.3.1)"
passes h0 eth0 $s4 h1 eth1 $g4
passes h0 eth0 $s6 h1 eth1 $g6
passes h2 eth2 198.18.3.1 h3 eth3 $g4
passes h2 eth2 fd00:3::1 h3 eth3 $g6
# Upcalls of its own table only.
passes h2 eth2 198.18.3.1 h3 eth3 239.2.2.2
equal "learned" 1 "$(table_of 123 239.2.2.2)"
equal "not in the other" 0 "$(json '[.routes.kernel[] |
	select(.group == "239.2.2.2")] | length')"

# Each with its own guard: one frame comes back, and not again.
for i in 0 2; do
	start back "@h$i" mcast capture -i "eth$i" $g4
	on "h$i" mcast inject -T 5 "eth$i" "198.18.$((i + 1)).1" $g4 >/dev/null
	marker "h$i" "eth$i" "198.18.$((i + 1)).1" $g4 back
	stop back
	equal "hairpin on eth$i" 4 "$(ttls back)"
done

# The end of one leaves the other alone.
status 0 other kill
finish second
equal "gone" "" "$(ip mroute show table 123)"
passes h0 eth0 $s4 h1 eth1 $g4
equal "guard of the first" guarded "$(hairpin state)"
status 0 ctl show

# No such table: no family works.
status 64 smcrouted -n -t -5
status 64 smcrouted -n -t 1000000000000
