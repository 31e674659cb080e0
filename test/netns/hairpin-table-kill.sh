#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rules of a dead daemon are removed, those of a live one and of others are not.
guard=table . "${0%/*}/../lib.sh"

own=198.18.1.254

# ours: the rules of daemons
ours()
{
	ip mrule show | sed -n 's/^[0-9]*:.*iif lo oif \([^ ]*\) lookup \([0-9]*\) proto 17$/\1 \2/p'
}

has()
{
	[ -s "$1" ]
}

# second NAME ARG...: one more daemon
second()
{
	local name=$1
	shift
	smcrouted -n -i "$name" -f "$T/$name.conf" -u "$T/$name.sock" \
		-P "$T/$name.pid" -l debug "$@" >"$T/$name.out" 2>&1 &
	pids[$name]=$!
	wait_for has "$T/$name.pid"
}

# kill_second NAME
kill_second()
{
	kill -KILL "${pids[$1]}"
	wait "${pids[$1]}" 2>/dev/null || true
	unset "pids[$1]"
	rm -f "$T/$1.pid"
}

# The host's own datagrams are forwarded.
own_is_forwarded()
{
	start far "@$2" mcast capture -i -n 1 "$1" 239.7.7.7
	mcast send -S $own -T 9 eth0 239.7.7.7 >/dev/null
	finish far
}

topology 3
hairpins="hairpin table
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $own group 239.7.7.7 to eth1"
plain="mroute from eth0 source $own group 239.7.7.7 to eth1"

# A dead daemon's rule keeps the host's own multicast from being forwarded.
echo "$hairpins" >"$conf"
daemon_start
own_is_forwarded eth1 h1
daemon_kill
equal "after kill -9" "eth0 100000000" "$(ours)"
# The table is not the default one: nobody else is disturbed, none can mend it.
echo "$plain" >"$conf"
log_mark
daemon_start
equal "after the next start" "" "$(ours)"
wait_log 'removed 1 multicast rules'
own_is_forwarded eth1 h1
daemon_stop

# Rules of the same mark that are no second table's stay.
ip mrule add pref 900 iif lo oif eth1 lookup 77 protocol 17
ip mrule add pref 901 iif lo oif eth1 lookup 100000005 protocol 4
daemon_start
ip mrule del pref 900
ip mrule del pref 901
daemon_stop

# Two daemons on one interface, whose numbers overlap.  The second gets what
# comes in by eth2, and what is sent there.
ip mrule add pref 30000 iif eth2 lookup 1
ip mrule add pref 30000 oif eth2 lookup 1
cat >"$T/two.conf" <<CONF
hairpin table
mroute from eth2 source 198.18.3.1 group $g4 to eth2
mroute from eth0 source $s4 group $g4 to eth0
CONF
echo "$hairpins" >"$conf"
daemon_start
second two -t 1
wait_for gives "eth2 100000001
eth0 100000000" ours
equal "first" "guarded" "$(hairpin state)"
equal "second" '["guarded","guarded"]' \
	"$(ctl -u "$T/two.sock" -j show hairpin |
		jq -c '[.hairpin.routes[].state]')"
# What the first leads away from eth0 never gets to the second's table.
ctl -u "$T/two.sock" show hairpin | grep -q 'eth0 go to table 100000000' ||
	fail "no remark: $(ctl -u "$T/two.sock" show hairpin)"
start member mcast recv -j eth2 $g4
start wire @h2 mcast capture -i eth2 $g4
on h2 mcast inject -T 64 eth2 198.18.3.1 $g4 >/dev/null
marker h2 eth2 198.18.3.1 $g4 wire
equal "second: frames" "63" "$(ttls wire)"
stop member wire
own_is_forwarded eth1 h1

# The first goes and comes: the second's rule is a live one.
daemon_kill
daemon_start
wait_for gives "eth2 100000001
eth0 100000000" ours
grep 'table guard lost' "$T/two.out" &&
	fail "the first took the second's rule"
# The second is killed, then the first starts anew.
kill_second two
daemon_stop
equal "the second's" "eth2 100000001" "$(ours)"
daemon_start
equal "the first's" "eth0 100000000" "$(ours)"
daemon_stop
ip mrule del pref 30000
ip mrule del pref 30000

# A number that is in use is passed over; all 17 are too many.
echo "hairpin off" >"$T/holder.conf"
cp "$T/holder.conf" "$T/h0.conf"
second h0 -t 100000000
daemon_start
equal "the next number" "eth0 100000001" "$(ours)"
daemon_stop
for ((i = 1; i <= 16; i++)); do
	cp "$T/holder.conf" "$T/h$i.conf"
	second "h$i" -t $((100000000 + i))
done
daemon_start
equal "all in use" "suspended" "$(hairpin state)"
hairpin reason | grep -q '100000000 to 100000016 are in use' ||
	fail "reason: $(hairpin reason)"
stop h16
ctl add eth0 198.18.1.77 $g4 eth0
reload
wait_for gives "eth0 100000016" ours
equal "the last number" guarded "$(hairpin state)"
