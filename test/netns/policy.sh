#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The hairpin policy in force is the interface's, then -H, then the statement.
. "${0%/*}/../lib.sh"

route0="mroute from eth0 source $s4 group $g4 to eth0"
route1="mroute from eth1 source $s4 group 239.1.1.2 to eth1"
plain="mroute from eth0 source $s4 group 239.1.1.3 to eth1"

# Stops the daemon of the last case and starts one with that file.
restart()
{
	[ -z "$daemon_wanted" ] || daemon_stop
	configure
	log_mark
	daemon_start "$@"
}

# is WHAT ENTRY0 ENTRY1: the entries of both hairpin routes
is()
{
	equal "$1: eth0" "$2" "$(mroute $s4 $g4)"
	equal "$1: eth1" "$3" "$(mroute $s4 239.1.1.2)"
	equal "$1: plain route" "eth0 > eth1" "$(mroute $s4 239.1.1.3)"
}

here="eth0 > eth0"
there="eth1 > eth1"

topology 2

# auto is the default; a warning for each rule and once an interface.
restart <<CONF
$route0
$route1
$plain
CONF
is default "$here" "$there"
equal "default" '["guarded","guarded"]' \
	"$(json '[.hairpin.routes[].state]' hairpin)"
equal "policy" auto "$(json .hairpin.policy hairpin)"
wait_log "$s4, $g4.*(eth0|netfilter)"

# refuse: an error with file and line, nothing installed.
restart <<CONF
hairpin refuse

$route0
$route1
$plain
CONF
is refuse "" ""
wait_log "$conf line 3: "
wait_log "$conf line 4: "
equal "refuse: rules" 1 "$(json '.routes.ssm | length')"
status 1 ctl add eth0 $s4 239.1.1.9 eth0
said .
equal "refused add" "" "$(mroute $s4 239.1.1.9)"
status 1 ctl add eth0 239.9.0.0/16 eth1 eth0
equal "refused template" 0 "$(json '.routes.asm | length')"
ctl add eth0 $s4 239.1.1.9 eth1
status 1 ctl add eth0 $s4 239.1.1.9 eth0
equal "refused addition" "eth0 > eth1" "$(mroute $s4 239.1.1.9)"
status 78 smcrouted -F "$conf"
said "$conf line 3: "

# A changed policy re-plans at reload, both ways.
sed -i 's/^hairpin.*/hairpin auto/' "$conf"
reload
is "refuse to auto" "$here" "$there"
equal "state" guarded "$(hairpin state)"
sed -i 's/^hairpin.*/hairpin off/' "$conf"
log_mark
reload
is "auto to off" "$here" "$there"
equal "state" unguarded "$(hairpin state)"
equal "guard" null "$(hairpin guard)"
wait_log 'hairpin'
sed -i 's/^hairpin.*/hairpin netfilter/' "$conf"
reload
equal "state" guarded "$(hairpin state)"
sed -i 's/^hairpin.*/hairpin refuse/' "$conf"
reload
is "to refuse" "" ""
status 0 smcrouted -H auto -F "$conf"

# off, joined by the daemon itself: the log says what will happen.
restart <<CONF
hairpin off
mgroup from eth0 group $g4
$route0
$route1
$plain
CONF
wait_log 'TTL'
status 0 smcrouted -F "$conf"

# Precedence, wherever the lines stand.
restart -H auto <<CONF
$route0
$route1
$plain
hairpin refuse
CONF
is "-H over the statement" "$here" "$there"
restart -H auto <<CONF
$route0
$route1
$plain
phyint eth1 hairpin refuse
hairpin refuse
CONF
is "phyint over -H" "$here" ""
equal "policies" '{"name":"eth1","policy":"refuse"}' \
	"$(json '.hairpin.interfaces[]' hairpin)"
status 1 ctl add eth1 $s4 239.1.1.9 eth1
status 0 ctl add eth0 $s4 239.1.1.9 eth0
restart <<CONF
hairpin refuse
$route0
$route1
$plain
phyint eth1 hairpin auto
CONF
is "phyint over the statement" "" "$there"
restart <<CONF
phyint eth+ hairpin refuse
$route0
$route1
$plain
phyint eth1 hairpin auto
CONF
is "phyint of a wildcard" "" "$there"

# The last of several wins, with a warning; a bad word is an error.
restart <<CONF
hairpin refuse
$route0
$route1
$plain
hairpin auto
CONF
is "the last wins" "$here" "$there"
wait_log "$conf line 5: |$conf line 1: "
restart <<CONF
$route0
$route1
$plain
hairpin sometimes
phyint eth0 hairpin never
CONF
is "bad words" "$here" "$there"
wait_log "$conf line 4: .*auto.*netfilter.*refuse.*off"
wait_log "$conf line 5: .*auto.*netfilter.*refuse.*off"
status 78 smcrouted -F "$conf"
daemon_stop
status 64 smcrouted -n -H sometimes -f "$conf" -u "$sock" -P "$pidfile"
said 'auto'
