#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Interfaces with the word mrdisc, and no others, advertise themselves.
. "${0%/*}/../lib.sh"

snoop4=224.0.0.106 snoop6=ff02::6a

# watch HOST IF: what comes there of either family.
watch()
{
	start "$1.4" "@$1" mcast capture -i "$2" $snoop4
	start "$1.6" "@$1" mcast capture -i "$2" $snoop6
}

# flawless NAME INTERVAL: an advertisement as it has to be, interval in hex.
flawless()
{
	local ipv4="^in 1 32 [^ ]+ 198[^ ]+ - - mrdisc 30"
	local ipv6="^in 1 56 [^ ]+ fe80[^ ]+ - - mrdisc 97"
	case $1 in
	*.4) echo "$ipv4$2[0-9a-f]{4}00000000 alert good$" ;;
	*.6) echo "$ipv6$2[0-9a-f]{4}00000000 alert good$" ;;
	esac
}

# How many of these there were.
advertised()
{
	lines "$1" "$(flawless "$@")"
}

# What else came.
others()
{
	grep '^in ' "$T/$1.out" | grep -Evc -e "$(flawless "$@")" || true
}

advertised_least()
{
	[ "$(advertised "$1" "$2")" -ge "$3" ]
}

terminated()
{
	case $1 in
	*.4) lines "$1" '^in 1 32 .* mrdisc 3200cdff00000000 alert good$' ;;
	*.6) lines "$1" '^in 1 52 .* mrdisc 9900[0-9a-f]{4} alert good$' ;;
	esac
}

frames()
{
	lines "$1" '^in '
}

# more_advertised HOST INTERVAL N: that many more of either family.
more_advertised()
{
	local family
	for family in 4 6; do
		wait_for advertised_least "$1.$family" "$2" \
			$(($(advertised "$1.$family" "$2") + $3))
	done
}

# The daemon's own words on its command line.
"$BUILDDIR/src/smcrouted" -m 4 -h >"$T/output" 2>&1 ||
	fail "-m 4: $(cat "$T/output")"
if grep -q 'smcrouted: -m is ignored: built without mrdisc' "$T/output"; then
	status 0 "$BUILDDIR/src/smcrouted" -m 3 -h
	skip "built without mrdisc"
fi
for bad in 3 181 0 -4 x '' 20s; do
	status 1 "$BUILDDIR/src/smcrouted" -m "$bad" -h
	said '^smcrouted: -m'
done
status 0 "$BUILDDIR/src/smcrouted" -m 180 -h

topology 3
for i in 0 1 2; do
	watch "h$i" "eth$i"
done
configure <<CONF
phyint eth0 enable mrdisc
phyint eth1 mrdisc
phyint eth2 enable
CONF
begin=$(seconds)
daemon_start -m 4
for name in h0.4 h1.4 h0.6 h1.6; do
	wait_for advertised_least $name 04 2
done
[ $(($(seconds) - begin)) -le 10 ] || fail "two took too long"
equal "nothing else was sent" "0 0" "$(others h0.4 04) $(others h0.6 04)"
equal "eth2 is silent" "0 0" "$(frames h2.4) $(frames h2.6)"

# The word goes from one and comes to another; both have their VIFs already.
configure <<CONF
phyint eth0 enable mrdisc
phyint eth1 enable
phyint eth2 enable mrdisc
CONF
reload
wait_for gives 1 terminated h1.4
wait_for gives 1 terminated h1.6
wait_for advertised_least h2.4 04 1
wait_for advertised_least h2.6 04 1
equal "no end of eth0" "0 0" "$(terminated h0.4) $(terminated h0.6)"
before="$(frames h1.4) $(frames h1.6)"
more_advertised h0 04 2
equal "eth1 is silent" "$before" "$(frames h1.4) $(frames h1.6)"

# Disabled, then left out.
configure <<CONF
phyint eth0 enable mrdisc
phyint eth2 disable mrdisc
CONF
reload
wait_for gives 1 terminated h2.4
wait_for gives 1 terminated h2.6
before="$(frames h2.4) $(frames h2.6)"

# Down and up, and another of the same name: at once, not after the interval.
ip link set eth0 down
ip link set eth0 up
more_advertised h0 04 1
stop h0.4 h0.6
ip link del eth0
link_add eth0 h0
address_add eth0 h0 1
watch h0 eth0
more_advertised h0 04 2
equal "eth2 is silent" "$before" "$(frames h2.4) $(frames h2.6)"
equal "nothing else was sent" "0 0" "$(others h0.4 04) $(others h0.6 04)"

# The end of the daemon.
daemon_stop
wait_for gives 1 terminated h0.4
wait_for gives 1 terminated h0.6
equal "not where it was off" "1 1" "$(terminated h2.4) $(terminated h1.4)"

# Who asks is answered.  After the third of the start, at 4 s, the next is due
# in minutes.
stop h0.4 h0.6 h1.4 h1.6 h2.4 h2.6
watch h0 eth0
watch h1 eth1
configure <<CONF
phyint eth0 mrdisc
phyint eth1 mrdisc
CONF
daemon_start -m 180
for name in h0.4 h0.6 h1.4 h1.6; do
	wait_for advertised_least $name b4 3
done

# Not one that came over a router; what is sent after it comes after it.
on h1 mcast solicit -T 2 eth1 224.0.0.2
on h1 mcast solicit -T 2 eth1 ff02::2
on h1 mcast solicit eth1 224.0.0.1
on h0 mcast solicit eth0 224.0.0.2
wait_for advertised_least h0.4 b4 4
# Those that ask within a second share an answer.
begin=$(seconds)
for ((i = 0; i < 30; i++)); do
	on h0 mcast solicit eth0 ff02::2
done
most=$((3 + $(seconds) - begin))
wait_for advertised_least h0.6 b4 4
on h0 mcast solicit eth0 224.0.0.2
wait_for advertised_least h0.4 b4 5
equal "answers to nobody" "3 3" \
	"$(advertised h1.4 b4) $(advertised h1.6 b4)"
daemon_stop
wait_for gives 1 terminated h0.6
wait_for gives 1 terminated h1.4
answers=$(($(advertised h0.6 b4) - 3))
[ "$answers" -le "$most" ] || fail "30 solicitations had $answers answers"
equal "nothing but these" "$(frames h0.4) $(frames h1.4)" "6 4"
equal "no trouble" 0 "$(log_count "router discovery")"
