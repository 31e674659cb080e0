#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What -F says of a file, its includes and what waits for an interface: all of it, with line and status.
. "${0%/*}/../lib.sh"

# good: the file on stdin has nothing to complain about, but to tell
good()
{
	configure
	status 0 smcrouted -F "$conf"
	grep -q "$conf" "$T/output" || fail "does not say which file"
}

# bad LINE TEXT: the file on stdin has one finding, on that line
bad()
{
	local n
	configure
	status 78 smcrouted -F "$conf"
	said "^$conf line $1: .*$2"
	n=$(grep -c '^/.* line [0-9]*: ' "$T/output")
	[ "$n" = 1 ] || fail "one finding expected: $(cat "$T/output")"
}

topology 2
ip link set eth1 multicast off
link_add eth2 h2
printf 'mroute from eth0 group 239.1.1.1 to eth2' >"$T/no-newline"

# Valid without any phyint line, in any order, with comments everywhere.
good <<CONF
mroute group 239.1.1.1 from eth0 source $s4 to eth2 # all of it
  # a comment
mroute from eth0 group 239.1.2.0/24	to eth2 #not a name
mgroup group $g6 from eth2
ssmgroup from eth0 source $s4 group 232.1.1.1
mroute from eth0 group 239.7.7.7
mroute from eth+ source 0.0.0.0 group 239.8.8.8 to eth+
phyint eth0 enable ttl-threshold 7
include $T/no-newline
include $T/nothing/*.conf
CONF
# Of what is duplicated, nothing is wrong; nor of CRLF.
good <<CONF
mgroup from eth0 group $g4
mgroup from eth0 group $g4
mroute from eth0 source $s4 group $g4 to eth2
mroute from eth0 source $s4 group $g4 to eth0
CONF
printf 'mgroup from eth0 group %s\r\n\r\n' $g4 | good

bad 2 'route' <<CONF

route from eth0 group $g4 to eth2
CONF
bad 1 '' <<<"mroutefoo from eth0 group $g4 to eth2"
bad 1 'from' <<<"mroute group $g4 to eth2"
bad 1 'group' <<<"mroute from eth0 to eth2"
bad 1 'group' <<<"mgroup from eth0"
bad 1 '198.18.1.1' <<<"mroute from eth0 group 198.18.1.1 to eth2"
bad 1 '239.1' <<<"mroute from eth0 group 239.1 to eth2"
bad 1 'eth2' <<<"mroute from eth0 group $g4 eth2"
bad 1 '33' <<<"mroute from eth0 group $g4/33 to eth2"
bad 1 '129' <<<"mroute from eth0 group $g6/129 to eth2"
bad 1 '8x' <<<"mroute from eth0 group $g4/8x to eth2"
bad 1 '-1' <<<"mroute from eth0 source $s4/-1 group $g4 to eth2"
bad 1 '0' <<<"mroute from eth0 group $g4/0 to eth2"
bad 1 'famil|IPv' <<<"mroute from eth0 source $s4 group $g6 to eth2"
bad 1 'famil|IPv' <<<"mgroup from eth0 source $s6 group $g4"
bad 1 'eth0.*threshold|threshold.*eth0' <<<"phyint eth0 ttl-threshold 256"
bad 1 'eth0.*threshold|threshold.*eth0' <<<"phyint eth0 ttl-threshold x"
bad 1 '' <<<"phyint"
bad 1 '' <<<"include"
bad 1 'word|unknown' <<<"phyint eth0 enabel"
bad 1 'word|unknown' <<<"mroute from eth0 gruop group $g4 to eth2"

# An interface is named with the cause.
bad 1 'none: no such interface' <<<"phyint none enable"
bad 1 'none: no such interface' <<<"mroute from eth0 group $g4 to eth2 none"
bad 1 'eth1: no MULTICAST flag' <<<"mroute from eth0 group $g4 to eth1"
bad 1 'eth1: no MULTICAST flag' <<<"phyint eth1 enable"
# As inbound it is waited for; the rest of that line is checked.
configure <<<"mroute from none group $g4 to eth2"
status 0 smcrouted -F "$conf"
said 'none'
bad 1 '' <<<"mroute from none group 198.18.1.1 to eth2"
bad 1 '' <<<"mgroup from none group $g4/77"

# Included files count, under their own names and lines.
printf '\n\nmgroup from eth0 group 1.2.3.4\n' >"$T/part.conf"
configure <<<"include $T/par*.conf"
status 78 smcrouted -F "$conf"
said "^$T/part.conf line 3: "
# Up to a depth.
configure <<<"include $conf"
status 78 smcrouted -F "$conf"
said 'deep'

# Nothing but the status with -l err; syslog hears nothing; no root needed.
status 78 smcrouted -l err -F "$conf"
equal "-l err" "" "$(cat "$T/output")"
good <<<"mgroup from eth0 group $g4"
status 0 unshare -U smcrouted -F "$conf"
status 78 smcrouted -F "$T/none.conf"
said "$T/none.conf"
cd "$T"
status 0 smcrouted -F conf
said "$T/conf"

# A line has no limit.
{
	printf 'mroute from eth0 group %s to' $g4
	printf ' eth2%.0s' {1..2000}
	printf '\nmgroup from eth0 group 1.2.3.4\n'
} | bad 2 ''
