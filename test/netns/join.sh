#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Memberships are made, kept and left as asked, beyond the limits of a socket.
. "${0%/*}/../lib.sh"

# sources GROUP: of the source filters on eth0, how many include
included()
{
	awk -v group="$1" '$2 == "eth0" && $3 == group && $5 > 0' \
		/proc/net/mcfilter | wc -l
}

included6()
{
	awk -v group="$1" '$2 == "eth0" && $3 == group && $5 > 0' \
		/proc/net/mcfilter6 | wc -l
}

members()
{
	local range=$1
	ip maddr show dev eth0 | grep -c "inet6\? *$range" || true
}

topology 2
configure <<CONF
mgroup from eth0 group $g4
mgroup from eth0 group $g6
ssmgroup from eth0 source $s4 group 232.1.1.1
mgroup from eth0 source $s6 group ff3e::1
CONF
daemon_start
wait_for gives 1 users eth0 $g4
wait_for gives 1 users eth0 $g6
wait_for gives 1 included 0xe8010101
wait_for gives 1 included6 ff3e0000000000000000000000000001

# From the client, with errors told.
ctl join eth0 239.1.1.2
equal "joined" 1 "$(users eth0 239.1.1.2)"
equal "not elsewhere" 0 "$(users eth1 239.1.1.2)"
status 1 ctl join eth0 239.1.1.2
said .
ctl leave eth0 239.1.1.2
equal "left" 0 "$(users eth0 239.1.1.2)"
status 1 ctl leave eth0 239.1.1.2
said .
status 1 ctl join none 239.1.1.2
said none
status 1 ctl join eth0 198.18.1.1
status 1 ctl join eth0 fd00:1::1 239.1.1.2
status 1 ctl join eth0 239.1.1.2/33
equal "nothing of the errors stayed" 0 \
	"$(json '[.groups.conf[] | select(.group == "239.1.1.2")] | length' \
		groups)"

# More groups than a socket takes (igmp_max_memberships 20), and back.
ctl join eth0 239.5.0.0/26
wait_for gives 64 members 239.5.0.
ctl join eth0 ff0e::5:0/122
wait_for gives 64 members ff0e::5:
# More sources of a group than igmp_max_msf allows (10).
ctl join eth0 198.18.1.0/27 232.5.5.5
wait_for gives 32 included 0xe8050505
ctl leave eth0 239.5.0.0/26
wait_for gives 0 members 239.5.0.
ctl leave eth0 ff0e::5:0/122
wait_for gives 0 members ff0e::5:
ctl leave eth0 198.18.1.0/27 232.5.5.5
wait_for gives 0 included 0xe8050505

# What is joined is received on that interface; SSM by source.
start asm mcast recv $g4
start ssm mcast recv 232.1.1.1
on h0 mcast inject eth0 198.18.1.99 $g4 >/dev/null
on h0 mcast inject eth0 198.18.1.99 232.1.1.1 >/dev/null
on h0 mcast inject eth0 $s4 232.1.1.1 >/dev/null
on h1 mcast inject eth1 198.18.2.1 $g4 >/dev/null
wait_for at_least asm '^eth0' 1
wait_for at_least ssm '^eth0' 1
stop asm ssm
equal "ASM" "total 1" "$(last asm)"
equal "SSM" "total 1" "$(last ssm)"
equal "SSM source" 1 "$(lines ssm "^eth0 $s4 ")"

# Another program's membership is its own.
start other mcast join eth0 $g4
equal "two members" 2 "$(users eth0 $g4)"
ctl leave eth0 $g4
equal "the other stays" 1 "$(users eth0 $g4)"
daemon_stop
equal "after the end" 1 "$(users eth0 $g4)"
equal "after the end" 0 "$(users eth0 $g6)"
equal "after the end" 0 "$(included 0xe8010101)"
