#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# IGMP of others is no upcall: it does not fill up the sockets of either table.
guard=table . "${0%/*}/../lib.sh"

# Of the raw sockets of IGMP: how many, and in how many something waits.
queued()
{
	awk '$2 ~ /:0002$/ {
		n++
		filled += $5 !~ /:00000000$/
	}
	END { printf "%d, %d filled", n, filled }' /proc/net/raw
}

delivered()
{
	awk '$1 == "Ip:" && $2 ~ /^[0-9]/ { print $10 }' /proc/net/snmp
}

came()
{
	[ $(($(delivered) - before)) -ge 100 ]
}

# Nobody empties the sockets; IGMP to our own address, which all of them see.
topology 1
configure <<CONF
hairpin table
mroute from eth0 group $g4 to eth0
CONF
daemon_start
kill -STOP "$daemon_pid"
mac=$(ip -j link show eth0 | jq -r '.[0].address')
before=$(delivered)
on h0 mcast inject -n 100 -d "$mac" \
	-x 9=02 -x 16=c61201fe eth0 "$s4" "$g4" >/dev/null
wait_for came
equal "sockets of IGMP" "2, 0 filled" "$(queued)"
kill -CONT "$daemon_pid"

# What is one gets through.
start got @h0 mcast capture -i -n 1 eth0 "$g4"
on h0 mcast inject eth0 "$s4" "$g4" >/dev/null
finish got
daemon_stop
