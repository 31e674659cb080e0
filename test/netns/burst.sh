#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# No flow of a burst of 5,000 new ones goes without an entry; all expire in time.
# tags: load timing
. "${0%/*}/../lib.sh"
need perl

flows=5000

# burst GROUPS: one frame of each flow, as fast as can be
burst()
{
	# shellcheck disable=SC2016
	on h0 perl -MSocket -e '
		my ($ifindex, $n) = @ARGV;
		socket(S, 17, SOCK_RAW, 0) or die "socket: $!";
		my @frames;
		for my $i (1 .. $n) {
			my @g = (239, 50, $i >> 8, $i & 255);
			my $ip = pack("C2n3C2nC4C4", 0x45, 0, 29, 1, 0, 64, 17,
				0, 198, 18, 1, 1, @g);
			my $sum = 0;
			$sum += $_ for unpack("n*", $ip);
			$sum = ($sum & 65535) + ($sum >> 16) while $sum >> 16;
			substr($ip, 10, 2, pack("n", ~$sum & 65535));
			push @frames, pack("C6C6n", 1, 0, 94, $g[1], @g[2, 3],
				2, 0, 0, 0, 0, 1, 0x800) .
				$ip . pack("n4", 1, 2, 9, 0) . "x";
		}
		# struct sockaddr_ll
		my $to = pack("SnlSCCa8", 17, 0x800, $ifindex, 0, 0, 6, "");
		for (@frames) {
			send(S, $_, 0, $to) or die "send: $!";
		}' "$(on h0 ip -o link show eth0 | cut -d: -f1)" "$1"
}

entries()
{
	ip mroute show | grep -c '198.18.1.1,239.50.*Iif: eth0 .*Oifs: eth1'
}

has_entries()
{
	[ "$(entries)" = "$1" ]
}


topology 2
configure <<CONF
mroute from eth0 group 239.50.0.0/16 to eth1
mroute from eth0 source $s4 group $g4 to eth1
CONF
daemon_start -c 3 -l info
start far @h1 mcast capture -i eth1 $g4
start flow @h0 mcast inject -r 200 eth0 $s4 $g4
for n in 200 1000 $flows; do
	burst "$n"
	wait_for has_entries "$n"
done
t0=$(seconds)
while ! has_entries 0; do
	status 0 ctl show interfaces
	[ $(($(seconds) - t0)) -le 6 ] || fail "$(entries) entries stay"
done
[ $(($(seconds) - t0)) -ge 2 ] || fail "they went too early"
stop flow far
