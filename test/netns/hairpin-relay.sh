#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The relay sends what the kernel would forward, byte for byte, and counts what it does not.
#
# eth0 is a bridge with two hosts, so that a socket of the other host can judge
# what is relayed, and that a packet may be larger than the MTU it came in by.
. "${0%/*}/../lib.sh"

bridge_add()
{
	local file
	# Else the bridge discards what is invalid.
	for file in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do
		[ ! -e "$file" ] || echo 0 >"$file"
	done
	ip link add eth0 type bridge mcast_snooping 0
	ip link set eth0 up
	ip addr add 198.18.1.254/24 dev eth0
	ip addr add fd00:1::fe/64 dev eth0 nodad
}

port_add()
{
	host_add "$1"
	ip link add "p$1" type veth peer name eth0 netns "$1"
	ip link set "p$1" mtu 9000 master eth0 up
	on "$1" ip link set eth0 mtu 9000 up
	on "$1" ip addr add "198.18.1.$2/24" dev eth0
	on "$1" ip addr add "fd00:1::$2/64" dev eth0 nodad
}

# family 4|6: sets s and g
family()
{
	s=s$1 g=g$1
	s=${!s} g=${!g}
}

# One hop further: the packet in hex.
hop()
{
	local p=$1 check
	if [ "${p:0:1}" = 6 ]; then
		printf '%s%02x%s\n' "${p:0:14}" $((16#${p:14:2} - 1)) "${p:16}"
		return
	fi
	check=$((16#${p:20:4} + 256))
	[ $check -lt 65535 ] || check=$(((check + 1) & 65535))
	printf '%s%02x%s%04x%s\n' "${p:0:16}" $((16#${p:16:2} - 1)) \
		"${p:18:2}" $check "${p:24}"
}

# What h0 sent and what came back, but for the markers: sets sent, came.
exchange()
{
	local marker
	marker=$(printf marker | od -An -tx1 | tr -d ' \n')
	start wire @h0 mcast capture -i eth0 "$g"
	start bytes @h0 mcast capture -i -H eth0 "$g"
	sent=$(on h0 mcast inject -H "$@" eth0 "$s" "$g" | sed -n 's/^packet //p')
	marker h0 eth0 "$s" "$g" wire
	stop wire bytes
	came=$(sed -n 's/^in //p' "$T/bytes.out" | grep -v "$marker\$" || true)
}

# same WHAT INJECT-OPTIONS...: relayed, byte for byte
same()
{
	local what=$1 before
	shift
	before=$(hairpin dropped "$s" "$g")
	exchange "$@"
	equal "$g, $what" "$(hop "$sent")" "$came"
	equal "$g, $what: dropped" "$before" "$(hairpin dropped "$s" "$g")"
}

# gone WHAT DROPPED INJECT-OPTIONS...: not relayed, counted so often
gone()
{
	local what=$1 dropped=$2 before
	shift 2
	before=$(hairpin dropped "$s" "$g")
	exchange "$@"
	equal "$g, $what" "" "$came"
	equal "$g, $what: dropped" $((before + dropped)) \
		"$(hairpin dropped "$s" "$g")"
}

options4()
{
	same "padding" -o 01010100
	same "router alert" -o 94040000
	same "stream and more" -o 8804123482060000000000001e030101
	gone "record route" 1 -o 0707040000000000
	gone "timestamp" 1 -o 4408050000000000
	gone "loose source route" 1 -o 830704c612010900
	gone "strict source route" 1 -o 890704c612010900
	gone "an option with a wrong length" 1 -o 94050000
}

fields4()
{
	same "ID 0" -x 4=0000
	same "ID 0, DF" -x 4=0000 -x 6=4000
	same "DF" -x 6=4000
	same "first fragment" -x 6=2000 -s 800
	same "fragment" -x 6=2064 -s 800
	same "last fragment" -x 6=00c8 -s 800
	same "fragment, ID 0" -x 4=0000 -x 6=2064
	same "DSCP and ECN" -x 1=b9
	same "another protocol" -x 9=fd
	same "no UDP checksum" -X 26=0000
}

fields6()
{
	same "first fragment" -x 6=2c -o 1100000100001234 -s 104
	same "last fragment" -x 6=2c -o 1100007000001234 -s 96
	same "all in one fragment" -x 6=2c -o 1100000000005678
}

# A version other than the frame's, lengths and checksums that are wrong.
invalid4()
{
	gone "version" 1 -X 0=55
	gone "header length" 1 -X 0=44
	gone "header checksum" 1 -X 10=dead
	gone "total length" 1 -X 2=0fff
	gone "total length below the header's" 1 -X 2=0010
	gone "VLAN" 1 -V 5
}

invalid6()
{
	gone "version" 1 -X 0=40
	gone "payload length" 1 -X 4=0fff
	gone "VLAN" 1 -V 5
	gone "an option to be discarded" 1 -o 00005e0400000000
	same "hop-by-hop options" -o 00001e0400000000
	same "router alert" -o 0000050200010100
	gone "router alert of MLD" 1 -o 0000050200000100
	same "flow label and class" -x 0=6b912345
}

sizes()
{
	same "plain"
	same "1400 bytes" -s 1400
	gone "TTL 1" 0 -T 1
	same "TTL 2" -T 2
	same "TTL 255" -T 255
	# More than a slot of the ring has.
	ip link set eth0 mtu 9000
	same "8000 bytes" -s 8000
	ip link set eth0 mtu 1500
}

# The link-layer address is the group's or everybody's, not the router's own.
link_addresses()
{
	same "broadcast" -d ff:ff:ff:ff:ff:ff
	gone "for this host" 1 -d "$(ip -j link show eth0 |
		jq -r '.[0].address')"
}

# What came back, in its parts: payloads put together, and the fields.
fragments()
{
	local packet body='' fields=''
	exchange "$@"
	for packet in $came; do
		body+=${packet:40}
		fields+=" ${packet:8:8}"
		[ ${#packet} -le 2600 ] || fail "a fragment of ${#packet} digits"
	done
	equal "put together" "${sent:40}" "$body"
	echo "$fields"
}

too_big4()
{
	local icmp before
	ip link set eth0 mtu 1300
	before=$(hairpin dropped "$s" "$g")
	same "as large as the MTU" -s 1272
	# 1280 bytes fit; offsets count eights, 0x2000 is MF.
	equal "fragments" " 12342000 123420a0 12340140" \
		"$(fragments -x 4=1234 -s 3500)"
	equal "fragments of a fragment" " 12342064 12342104" \
		"$(fragments -x 4=1234 -x 6=2064 -s 1400)"
	equal "fragments with ID 0" " 00002000 000000a0" \
		"$(fragments -x 4=0000 -s 1400)"
	equal "dropped so far" "$before" "$(hairpin dropped "$s" "$g")"
	icmp=$(awk '/^Icmp:/ { n = $15 } END { print n }' /proc/net/snmp)
	gone "too big with DF" 1 -x 6=4000 -s 1400
	equal "ICMP messages" "$icmp" \
		"$(awk '/^Icmp:/ { n = $15 } END { print n }' /proc/net/snmp)"
	# Put together again by a socket, from a sender that allows it.
	on h0 sh -c 'echo 1 >/proc/sys/net/ipv4/ip_no_pmtu_disc'
	start far @h1 mcast recv -j eth0 "$g"
	on h0 mcast send -s 1400 -m whole eth0 "$g" >/dev/null
	wait_for at_least far ' 63 1400 whole' 1
	stop far
	on h0 sh -c 'echo 0 >/proc/sys/net/ipv4/ip_no_pmtu_disc'
	ip link set eth0 mtu 1500
	same "the MTU is larger again" -s 1400
}

told_too_big()
{
	# shellcheck disable=SC2016
	on h0 awk '/^Icmp6InPktTooBigs/ { print $2 }' /proc/net/snmp6
}

too_big6()
{
	local before told
	ip link set eth0 mtu 1300
	same "as large as the MTU" -s 1252
	before=$(told_too_big)
	gone "too big" 1 -s 1400
	wait_for gives $((before + 1)) told_too_big
	gone "a hundred too big" 100 -n 100 -s 1400
	told=$(($(told_too_big) - before))
	if [ $told -lt 5 ] || [ $told -gt 30 ]; then
		fail "$told messages about 101 packets"
	fi
	ip link set eth0 mtu 1500
	echo 1300 >/proc/sys/net/ipv6/conf/eth0/mtu
	gone "too big for IPv6 alone" 1 -s 1400
	echo 1500 >/proc/sys/net/ipv6/conf/eth0/mtu
	same "the MTU is larger again" -s 1400
}

# Before Linux 6.2 the kernel cannot tell the relay how large the pieces are, and
# the relay does not get such a packet.
tells_pieces()
{
	local major minor
	IFS=.- read -r major minor _ <<<"$(uname -r)"
	[ "$major" -gt 6 ] || { [ "$major" = 6 ] && [ "$minor" -ge 2 ]; }
}

# One more datagram, and one came by the relay by now.
relayed_end()
{
	on h0 mcast send -m end eth0 "$g" >/dev/null
	at_least far '63 3 end' 1
}

# UDP sockets on both sides, which leave the checksum to the device.
sockets()
{
	local ttl
	start far @h1 mcast recv -j eth0 "$g"
	on h0 mcast send -n 3 -m odd eth0 "$g" >/dev/null
	on h0 mcast send -n 3 -s 1000 -m even eth0 "$g" >/dev/null
	wait_for at_least far '63 3 odd' 3
	wait_for at_least far '63 1000 even' 3
	on h0 mcast send -g 1000 -s 8500 -m large eth0 "$g" >/dev/null
	if ! tells_pieces; then
		wait_for relayed_end
		stop far
		equal "$g: not relayed" 0 "$(lines far ' 63 (500|1000 large)')"
		return
	fi
	wait_for at_least far ' 63 500 ' 1
	wait_for at_least far ' 63 1000 large' 1
	on h0 mcast send -m end eth0 "$g" >/dev/null
	wait_for at_least far '63 3 end' 1
	stop far
	for ttl in 63 64; do
		equal "$g: GSO, TTL $ttl" 8 \
			"$(lines far " $ttl 1000 (large)?\$")"
	done
	equal "$g: all" "total 32" "$(last far)"
}

# Nobody speaks for a VLAN that is an interface of its own.
vlan_above()
{
	ip link add link eth0 name eth0.5 type vlan id 5 2>/dev/null || {
		echo "no VLANs in this kernel"
		return 0
	}
	ip link set eth0.5 up
	gone "a VLAN above" 0 -V 5
	ip link del eth0.5
}

# What this host sends has been sent, and so has the copy that is looped back.
looped()
{
	local before
	before=$(hairpin dropped "$s" "$g")
	start wire @h0 mcast capture -i eth0 "$g"
	mcast send -A -n 3 -S "$s" eth0 "$g" >/dev/null
	marker h0 eth0 "$s" "$g" wire
	stop wire
	equal "$g: sent by this host" "64 64 64" "$(ttls wire)"
	equal "$g: heard again" "$before" "$(hairpin dropped "$s" "$g")"
}

bridge_add
port_add h0 1
port_add h1 2
configure <<CONF
hairpin relay
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $s6 group $g6 to eth0
CONF
daemon_start
for n in 4 6; do
	family $n
	equal "guard" "guarded relay" "$(hairpin state "$s" "$g") $(hairpin \
		guard "$s" "$g")"
	equal "entry" "eth0 >" "$(mroute "$s" "$g")"
	start member mcast join eth0 "$g"
	sizes
	link_addresses
	"invalid$n"
	"too_big$n"
	vlan_above
	sockets
	looped
done
each_field()
{
	family 4
	fields4
	family 6
	fields6
}

family 4
options4
each_field
# Connection tracking puts fragments together, but not these.
tracks()
{
	nft -f - 2>/dev/null <<-NFT
	table inet track {
		chain output {
			type filter hook output priority filter
			ct state new counter
		}
	}
	NFT
}

# A firewall in OUTPUT sees each packet once, and what it drops is counted: the
# daemon sends them together, to be told of the first that fails.
once_in_output()
{
	local before
	nft -f - <<-NFT
	table inet once {
		chain output {
			type filter hook output priority filter
			udp dport 3 counter drop
		}
	}
	NFT
	before=$(hairpin dropped "$s" "$g")
	start wire @h0 mcast capture -i eth0 "$g"
	kill -STOP "$daemon_pid"
	for _ in 1 2 3 4 5; do
		on h0 mcast inject -p 2 eth0 "$s" "$g" >/dev/null
		on h0 mcast inject -p 3 eth0 "$s" "$g" >/dev/null
	done
	kill -CONT "$daemon_pid"
	marker h0 eth0 "$s" "$g" wire
	stop wire
	equal "$g: passed OUTPUT" "63 63 63 63 63" "$(ttls wire)"
	equal "$g: dropped in OUTPUT" $((before + 5)) \
		"$(hairpin dropped "$s" "$g")"
	equal "$g: seen in OUTPUT" "packets 5" \
		"$(nft list table inet once | grep -o 'packets [0-9]*')"
	nft delete table inet once
}

if command -v nft >/dev/null && tracks; then
	each_field
	for n in 4 6; do
		family $n
		once_in_output
	done
else
	echo "no connection tracking here"
fi

equal "notices" 1 "$(log_count 'OUTPUT.*not PREROUTING')"

# The threshold of the interface, which IPv6 does not have.
cat >>"$conf" <<CONF
phyint eth0 enable ttl-threshold 10
CONF
reload
for n in 4 6; do
	family $n
	start wire @h0 mcast capture -i eth0 "$g"
	on h0 mcast inject -T 10 eth0 "$s" "$g" >/dev/null
	on h0 mcast inject -T 11 eth0 "$s" "$g" >/dev/null
	wait_for at_least wire '^in 10' 1
	stop wire
	equal "$g: threshold 10" "$([ $n = 4 ] || echo "9 ")10" "$(ttls wire)"
done
equal "lines about packets" 0 "$(log_count '(dropped|cannot send)')"
