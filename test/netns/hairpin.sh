#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What leaves by the interface it came in on leaves once, whoever has joined.
#
# With the policy `off` the same frames come back TTL - 1 times: the defect is
# there, and this test sees it.
. "${0%/*}/../lib.sh"

# family 4|6: sets s and g
family()
{
	s=s$1 g=g$1
	s=${!s} g=${!g}
}

# joined WHO: makes that so.  Members are counted by what they receive.
joined()
{
	start bare mcast recv "$g"
	case $1 in
	smcroutectl | both) ctl join eth0 "$g" ;;
	esac
	case $1 in
	other | both) start member mcast recv -j eth0 "$g" ;;
	esac
	start wire @h0 mcast capture -i eth0 "$g"
}

unjoined()
{
	case $1 in
	smcroutectl | both) ctl leave eth0 "$g" ;;
	esac
	case $1 in
	other | both)
		stop member
		equal "$1: copies at the member" "$2" "$(last member)"
		;;
	esac
	stop bare wire
	equal "$1: copies at a bound socket" "$2" "$(last bare)"
}

# inject TTL...
inject()
{
	local ttl
	for ttl; do
		on h0 mcast inject -T "$ttl" eth0 "$s" "$g" >/dev/null
		marker h0 eth0 "$s" "$g" wire
	done
}

# Looped copies that the guard has to drop: one for each datagram that was
# forwarded; none where the kernel makes none, or the relay takes its place.
suppressed()
{
	case $guard-$1 in
	relay-* | *-nobody) echo 0 ;;
	*-smcroutectl) [ "$g" = "$g4" ] && echo 0 || echo 9 ;;
	*) echo 9 ;;
	esac
}

guarded()
{
	local who=$1 total looped
	looped=$(suppressed "$who")
	# Markers are looped as well, to another port.
	[ "$looped" = 0 ] || looped=4
	total=$(copies 5 "$looped")
	[ "$who" != nobody ] || total=0
	ctl add eth0 "$s" "$g" eth0
	equal "$who: state" guarded "$(hairpin state "$s" "$g")"
	equal "$who: guard" "$guard" "$(hairpin guard "$s" "$g")"
	joined "$who"
	inject 1 2 5 64 255
	equal "$who, $g: frames that came back" "1 4 63 254" "$(ttls wire)"
	equal "$who, $g: suppressed" "$(suppressed "$who")" \
		"$(hairpin suppressed "$s" "$g")"
	[ "$guard" != relay ] ||
		equal "$who, $g: relayed, dropped" "9 0" "$(hairpin relayed \
			"$s" "$g") $(hairpin dropped "$s" "$g")"
	unjoined "$who" "total $total"
	ctl remove eth0 "$s" "$g"
	equal "after remove" "" "$(mroute "$s" "$g")"
}

# The kernel alone: what the guard is there for.
burst()
{
	local all
	ctl add eth0 "$s" "$g" eth0
	equal "state" unguarded "$(hairpin state "$s" "$g")"
	joined nobody
	inject 5
	equal "off, nobody: frames" "4" "$(ttls wire)"
	unjoined nobody "total 0"

	joined other
	on h0 mcast inject -T 5 eth0 "$s" "$g" >/dev/null
	wait_for at_least wire '^in .* 2 Hello' 4
	marker h0 eth0 "$s" "$g" wire
	equal "off, other: frames" "4 3 2 1" "$(ttls wire)"
	unjoined other "total 5"

	joined other
	on h0 mcast inject -T 64 eth0 "$s" "$g" >/dev/null
	all=$(seq -s ' ' 63 -1 1)
	wait_for at_least wire '^in .* 2 Hello' 63
	equal "off, other, TTL 64: frames" "$all" "$(ttls wire)"
	unjoined other "total 64"
	ctl remove eth0 "$s" "$g"
}

# Two outbound interfaces, one of them the inbound; members on both.
mixed()
{
	start far @h1 mcast capture -i eth1 "$g"
	joined other
	start second mcast join eth1 "$g"
	inject 1 2 5 64 255
	equal "mixed, $g: frames at h0" "1 4 63 254" "$(ttls wire)"
	wait_for at_least far '^in 253|^in 254' 1
	equal "mixed, $g: frames at h1" "1 4 63 254" "$(ttls far)"
	# The member on eth1 gets that interface's copies as well.
	unjoined other "total $(copies 9 4)"
	stop far second
}

report_frame()
{
	equal "the frame of the bug report" \
		"4 39 $s 1 2 Hello world" \
		"$(awk '$1 == "in" && $2 == 4 { print $2, $3, $5, $6, $7, $8, $9
			exit }' "$T/wire.out")"
}

topology 2
echo "hairpin $policy" >"$conf"
daemon_start
for n in $families; do
	family "$n"
	for who in nobody smcroutectl other both; do
		guarded "$who"
	done
	ctl add eth0 "$s" "$g" eth0 eth1
	equal "entry" "$(behind "eth0 > eth0 eth1")" "$(mroute "$s" "$g")"
	mixed
	ctl remove eth0 "$s" "$g"
done
family 4
daemon_stop

# The same from the file, a template that learns the entry included.
configure <<CONF
hairpin $policy
mroute from eth0 source $s4 group $g4 to eth0
mgroup from eth0 group $g4
mroute from eth0 group ff0e::/64 to eth0 eth1
mroute from eth0 group 239.9.0.0/16 to eth0 eth1
CONF
daemon_start
family 4
joined other
inject 1 2 5 64 255
equal "file: frames" "1 4 63 254" "$(ttls wire)"
unjoined other "total $(copies 5 4)"
report_frame
for n in $families; do
	family "$n"
	[ "$n" = 6 ] || g=239.9.1.1
	equal "learned before traffic" "" "$(mroute "$s" "$g")"
	mixed
	equal "learned from traffic" "$(behind "eth0 > eth0 eth1")" "$(mroute "$s" "$g")"
done
daemon_stop

configure </dev/null
daemon_start -H off
for n in $families; do
	family "$n"
	burst
done
