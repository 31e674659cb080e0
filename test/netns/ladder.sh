#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where netfilter cannot be had, auto takes the next guard, and it is exact.
. "${0%/*}/../lib.sh"

ttls_in="1 2 5 64 255"
burst=					# frames for one, without a marker

# lacking WORD...: the daemon on a kernel that lacks these
lacking()
{
	local word deny=
	for word; do
		deny+="deny $word "
	done
	WRAPPER="$deny${WRAPPER:-}" daemon_start
}

# sent_back SOURCE GROUP [COPIES]: the TTLs that came back; a member gets COPIES
sent_back()
{
	local ttl
	start member mcast recv -j eth0 "$2"
	start wire @h0 mcast capture -i eth0 "$2"
	for ttl in $ttls_in; do
		on h0 mcast inject -T "$ttl" eth0 "$1" "$2" >/dev/null
		[ "$burst" ] || marker h0 eth0 "$1" "$2" wire
	done
	wait_for at_least member Hello "$(wc -w <<<"$ttls_in")"
	wait_for at_least wire Hello "${burst:-1}"
	stop member wire
	[ -z "${3:-}" ] ||
		equal "copies of ($1, $2) at the member" "$3" \
			"$(lines member Hello)"
	ttls wire
}

# guards IPV4 IPV6
guards()
{
	equal "IPv4" "$1" "$(hairpin guard)"
	equal "IPv6" "$2" "$(hairpin guard $s6 $g6)"
}

topology 2
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source $s6 group $g6 to eth0 eth1
CONF

# Without nf_tables: the relay, both families.
lacking netfilter
guards relay relay
equal "state" guarded "$(hairpin state)"
equal "exact" true "$(hairpin exact)"
equal "entry" "eth0 > eth1" "$(mroute $s4 $g4)"
equal "IPv4" "1 4 63 254" "$(sent_back $s4 $g4 5)"
equal "IPv6" "1 4 63 254" "$(sent_back $s6 $g6 5)"
[ "$(hairpin relayed)" -ge 4 ] || fail "relayed: $(hairpin relayed)"
equal "suppressed" 0 "$(hairpin suppressed)"
equal "warnings" 2 "$(log_count 'no netfilter guard for IPv[46] on eth0')"
equal "notices" 1 "$(log_count 'eth0: what the relay sends back')"
status 0 ctl add eth0 $s4 239.1.1.7 eth0
equal "added" relay "$(hairpin guard $s4 239.1.1.7)"
daemon_stop
equal "after the end" 0 "$(mroute_count)"

# Nor packet sockets: the second table, which has its price; not for IPv6.
log_mark
lacking netfilter packet
guards table null
equal "exact" false "$(hairpin exact)"
equal "IPv6" suspended "$(hairpin state $s6 $g6)"
equal "IPv6 entry" "eth0 > eth1" "$(mroute $s6 $g6)"
equal "IPv4" "1 4 63 254" "$(sent_back $s4 $g4)"
status 1 ctl add eth0 $s6 ff0e::7 eth0
said 'no hairpin guard: netfilter'

# Its rule is deleted: there is no rung below.
ip mrule del pref 32766
wait_for gives suspended hairpin state
equal "without the rule" "eth0 > eth1" "$(mroute $s4 $g4)"
reload
guards table null
equal "after the reload" "1 4 63 254" "$(sent_back $s4 $g4)"
daemon_stop

# Everything, and nothing: the measure shows a burst.
daemon_start
guards netfilter netfilter
equal "all guards" "1 4 63 254" "$(sent_back $s4 $g4 5)"
daemon_stop
daemon_start -H off
guards null null
ttls_in=5 burst=4
equal "no guard" "4 3 2 1" "$(sent_back $s4 $g4 5)"
equal "no guard" "4 3 2 1" "$(sent_back $s6 $g6 5)"
