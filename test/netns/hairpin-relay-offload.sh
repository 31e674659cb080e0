#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The relay outlives packets of which the kernel cannot tell it how to cut them.
#
# UDP fragmentation offload, as a virtual machine may use it.
. "${0%/*}/../lib.sh"
need perl
modprobe -q tun 2>/dev/null || true
(: <>/dev/net/tun) 2>/dev/null || skip "no /dev/net/tun"

# The virtual machine at the far end of tap0.  A byte "p" makes it send a packet,
# "u" one that is left to be cut; what it receives is told as "in TTL".
cat >"$T/tap.pl" <<'PERL'
use strict;
$| = 1;
open(my $orders, "+<", $ARGV[0]) or die "$ARGV[0]: $!\n";
open(my $tap, "+<", "/dev/net/tun") or die "/dev/net/tun: $!\n";
# TUNSETIFF: IFF_TAP, IFF_NO_PI, IFF_VNET_HDR
my $request = pack("a16 S x22", "tap0", 0x5002);
ioctl($tap, 0x400454ca, $request) or die "TUNSETIFF: $!\n";

# VIRTIO_NET_HDR_F_NEEDS_CSUM, VIRTIO_NET_HDR_GSO_UDP, pieces of 1480 bytes
my $plain = pack("CCSSSS", 0, 0, 0, 0, 0, 0);
my $ufo = pack("CCSSSS", 1, 3, 42, 1480, 34, 6);

sub frame
{
	my $len = shift;
	my @ip = (0x4500, 28 + $len, 7, 0, 0x4011, 0,
		  0xc612, 0x0101, 0xef01, 0x0101);
	my $sum = 0;
	$sum += $_ for @ip;
	$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
	$ip[5] = ~$sum & 0xffff;
	return pack("H*n10n4", "01005e0101010200000000010800", @ip,
		    1, 2, 8 + $len, 0) . "x" x $len;
}

print "ready\n";
for (;;) {
	my $ready = "";
	vec($ready, fileno($tap), 1) = vec($ready, fileno($orders), 1) = 1;
	select($ready, undef, undef, undef) or next;
	if (vec($ready, fileno($orders), 1)) {
		sysread($orders, my $what, 1) or die "no orders: $!\n";
		my $sent = $what eq "u" ? $ufo . frame(4000) :
					  $plain . frame(100);
		syswrite($tap, $sent) or die "send: $!\n";
	}
	if (vec($ready, fileno($tap), 1)) {
		sysread($tap, my $got, 65536) or die "receive: $!\n";
		my ($type, $ttl, $to) = unpack("x22 n x8 C x7 N", $got);
		print "in $ttl\n" if $type == 0x800 && $to == 0xef010101;
	}
}
PERL

send()
{
	printf '%s' "$1" >&7
}

# goes_on N: one more packet is sent, and N came back by now
goes_on()
{
	send p
	at_least tap '^in 63$' "$1"
}

mkfifo "$T/to-tap"
exec 7<>"$T/to-tap"
start tap perl "$T/tap.pl" "$T/to-tap"
ip addr add 198.18.1.254/24 dev tap0
ip link set tap0 up
configure <<CONF
hairpin relay
mroute from tap0 source $s4 group $g4 to tap0
CONF
daemon_start
equal "guard" "guarded relay" "$(hairpin state) $(hairpin guard)"
send ppp
wait_for at_least tap '^in 63$' 3

for _ in 1 2 3; do
	before=$(lines tap '^in 63$')
	send u
	wait_for goes_on $((before + 1))
done
# Not every kernel stops.
told=$(log_count 'tap0: relay stopped for a moment')
[ "$told" -le 1 ] || fail "told $told times"
before=$(lines tap '^in 63$')
send ppppp
wait_for at_least tap '^in 63$' $((before + 5))
