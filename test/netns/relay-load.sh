#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Under any load the relay knows what it lost: received and counted losses are what was sent.
#
# At half the measured peak nothing is lost.  Each packet carries a number, and
# none comes twice.
#
# tags: load timing
# timeout: 180
. "${0%/*}/../lib.sh"

# family 4|6: sets s and g
family()
{
	s=s$1 g=g$1
	s=${!s} g=${!g}
}

counted()
{
	json '[([.hairpin.routes[] | .dropped] | add),
		([.hairpin.lost[].packets] | add // 0)] | add' hairpin
}

relayed()
{
	json '[.hairpin.routes[] | .relayed] | add' hairpin
}

# All that was sent has been dealt with, and has left.
settled()
{
	[ $(($(relayed) + $(counted))) -ge $((sent + before)) ] &&
		! tc -s qdisc show dev eth0 | grep -q 'backlog.* [1-9][0-9]*p'
}

# load INJECT-OPTIONS...: sets sent, frames, lost
load()
{
	local numbers again
	before=$(($(relayed) + $(counted)))
	lost=$(counted)
	start wire @h0 mcast capture -i -B 63 eth0 "$g"
	start numbers @h0 mcast capture -iqN eth0 "$g"
	read -r _ sent < <(on h0 mcast inject -fN "$@" eth0 "$s" "$g" |
		tail -n 1)
	wait_for settled
	stop wire numbers
	lost=$(($(counted) - lost))
	read -r _ frames _ below _ _ <<<"$(last wire)"
	read -r _ _ _ _ _ numbers _ again <<<"$(last numbers)"
	echo "$g, $*: sent $sent, received $frames, lost $lost;" \
		"$(last numbers)"
	equal "$g: sent, and received or counted" "$sent" $((frames + lost))
	equal "$g: sent again" "0 0" "$below $again"
	[ "$numbers" -gt 0 ] || fail "$g: no number came"
}

topology 1
configure <<CONF
hairpin relay
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $s6 group $g6 to eth0
CONF
daemon_start
for n in 4 6; do
	family $n
	start member mcast join eth0 "$g"
	load -t 2000
	peak=$((frames / 2))
	# What takes the processor away from the daemon may do so once.
	for try in 1 2 3; do
		load -t 2000 -r $((peak / 2))
		[ "$lost" != 0 ] || break
	done
	equal "$g: lost at half the peak of $peak a second" 0 "$lost"
	[ "$try" = 1 ] || echo "$g: in try $try"
	# What the queue of the device refuses is no packet that was sent.
	if tc qdisc add dev eth0 root tbf rate 2mbit burst 10k limit 20k; then
		load -n 5000
		[ "$lost" -gt 0 ] || fail "$g: the queue refused none"
		tc qdisc del dev eth0 root
	fi
	stop member
done
