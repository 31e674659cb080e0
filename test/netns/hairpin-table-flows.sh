#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Flows that leave an interface with a rule cost one upcall each; own ones go on.
# tags: load
guard=table . "${0%/*}/../lib.sh"
need perl

flows=1000
table=100000000

# round PORT: one datagram of each flow, in by eth1, as fast as can be
round()
{
	# shellcheck disable=SC2016
	on h1 perl -MSocket -e '
		my ($ifindex, $n, $port) = @ARGV;
		socket(S, 17, SOCK_RAW, 0) or die "socket: $!";
		# struct sockaddr_ll
		my $to = pack("SnlSCCa8", 17, 0x800, $ifindex, 0, 0, 6, "");
		for my $i (0 .. $n - 1) {
			my $ip = pack("C2n3C2nC4C4", 0x45, 0, 33, 1, 0, 9, 17,
				0, 198, 19, $i >> 8, $i & 255, 239, 50, 0, 1);
			my $sum = 0;
			$sum += $_ for unpack("n*", $ip);
			$sum = ($sum & 65535) + ($sum >> 16) while $sum >> 16;
			substr($ip, 10, 2, pack("n", ~$sum & 65535));
			send(S, pack("C6C6n", 1, 0, 94, 50, 0, 1,
				2, 0, 0, 0, 0, 1, 0x800) . $ip .
				pack("n4", 1, $port, 13, 0) . "Hello", 0, $to)
				or die "send: $!";
		}' "$(on h1 ip -o link show eth1 | cut -d: -f1)" "$flows" "$1"
}

stops()
{
	ip mroute show table $table |
		grep -c '198\.19\..*239\.50\.0\.1.*Iif: eth0.*State: resolved' ||
		true
}

waiting()
{
	ip mroute show table $table | grep -c unresolved || true
}

stopped()
{
	ip -s mroute show table $table | awk '
		/^\(198\.19/ { here = 1; next }
		here && /packets/ { n += $1; here = 0 }
		END { print n + 0 }'
}

topology 2
configure <<CONF
hairpin table
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth1 group 239.50.0.1 to eth0
CONF
daemon_start -c 3
equal "state" guarded "$(hairpin state)"
start member mcast join eth0 239.50.0.1
start wire @h0 mcast capture -i eth0 239.50.0.1
round 2
wait_for gives $flows stops
equal "that wait" 0 "$(waiting)"
first=$(stopped)
round 3
wait_for at_least wire '^in .* 3 Hello' $flows
# All of the second round were stopped by what the first one left.
wait_for gives $((first + flows)) stopped
equal "filters" $flows "$(stops)"
equal "once each" $((2 * flows)) "$(lines wire '^in 8 .* [23] Hello')"
stop member wire
wait_for gives 0 stops
equal "the hairpin's own" 1 "$(ip mroute show table $table | grep -c "$s4")"
equal "state at the end" guarded "$(hairpin state)"

# A learned flow of the host lives by what the second table forwards of it.
own=198.18.1.254
ctl add eth0 239.60.0.0/16 eth0 eth1
start far @h1 mcast capture -i eth1 239.60.0.1
log_mark
mcast send -n 17 -r 4 -S $own -T 9 eth0 239.60.0.1 >/dev/null
wait_for at_least far '^in 8' 17
equal "forwarded" 17 "$(lines far '^in 8')"
equal "expired meanwhile" 0 "$(log_count "$own, 239.60.0.1.*expired")"
wait_log "$own, 239.60.0.1.*expired"
equal "the main table's" "" "$(mroute $own 239.60.0.1)"
equal "the second table's" 0 \
	"$(ip mroute show table $table | grep -c '239.60.0.1' || true)"
# And is learned again from its first packet.
mcast send -S $own -T 10 eth0 239.60.0.1 >/dev/null
wait_for at_least far '^in 9' 1
stop far

# With -c 0 filters stay, but not those of an address that becomes the host's own.
daemon_stop
daemon_start -c 0
start member mcast join eth0 239.50.0.1
on h1 mcast inject -T 9 eth1 198.19.0.1 239.50.0.1 >/dev/null
wait_for gives 1 stops
ip addr add 198.19.0.1/32 dev eth0
wait_for gives 0 stops
stop member
