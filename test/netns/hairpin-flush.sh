#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The guard outlives `nft flush ruleset`, firewall reloads and other instances.
#
# With the owner flag nobody else can remove the table; without it the table is
# put back.  A table of that name that is not ours is left alone.
. "${0%/*}/../lib.sh"
need nft

table=smcrouted-test-0

has_table()
{
	nft list tables | grep -q "inet $1\$"
}

has_no_table()
{
	! has_table "$1"
}

# exact: one frame for one, while another program has joined
exact()
{
	start wire @h0 mcast capture -i eth0 $g4
	start wire6 @h0 mcast capture -i eth0 $g6
	on h0 mcast inject -T 5 eth0 $s4 $g4 >/dev/null
	on h0 mcast inject -T 5 eth0 $s6 $g6 >/dev/null
	marker h0 eth0 $s4 $g4 wire
	marker h0 eth0 $s6 $g6 wire6
	stop wire wire6
	equal "$1: IPv4 frames" 4 "$(ttls wire)"
	equal "$1: IPv6 frames" 4 "$(ttls wire6)"
}

firewall_reload()
{
	nft -f - <<-NFT
	flush ruleset
	table inet filter {
		chain input {
			type filter hook input priority filter; policy accept;
		}
	}
	NFT
}

both_guarded()
{
	[ "$(hairpin state $s4 $g4)" = guarded ] &&
		[ "$(hairpin state $s6 $g6)" = guarded ]
}

topology 1
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth0
mroute from eth0 source $s6 group $g6 to eth0
CONF
start member4 mcast join eth0 $g4
start member6 mcast join eth0 $g6

# With the owner flag.
daemon_start
has_table $table || fail "no table $table"
if nft list table inet $table | grep -q 'flags owner'; then
	nft flush ruleset
	has_table $table || fail "flush took the table"
	exact "after a flush"
	firewall_reload
	has_table $table || fail "a firewall reload took the table"
	exact "after a firewall reload"
	nft delete table inet $table 2>/dev/null &&
		fail "another program could delete the table"
	equal "guards lost" 0 "$(log_count 'guard.*(lost|gone)')"
else
	echo "this kernel has no owner flag"
fi

# A second instance, on a table of its own, comes and goes.
"$BUILDDIR/src/smcrouted" -n -t 7 -i other -f "$conf" -u "$T/other.sock" \
	-P "$T/other.pid" >"$T/other.out" 2>&1 &
other=$!
wait_for test -s "$T/other.pid"
has_table smcrouted-other-7 || fail "no table of the second instance"
exact "beside a second instance"
kill -TERM $other
wait $other || fail "the second instance ended with $?"
wait_for has_no_table smcrouted-other-7
has_table $table || fail "the second instance took the table"
exact "after a second instance"
daemon_stop
has_no_table $table || fail "the table is still there after the end"

# Without the owner flag.
built_with ENABLE_TEST || skip "the rest takes a build with --enable-test"
export SMCROUTE_TEST_NO_OWNER=1
daemon_start
nft list table inet $table | grep -q 'flags owner' &&
	fail "SMCROUTE_TEST_NO_OWNER has no effect"
exact "no owner"
for i in 1 2 3; do
	log_mark
	nft flush ruleset
	wait_for has_table $table
	wait_for both_guarded
	wait_log guard
	exact "no owner, after flush $i"
done
nft delete table inet $table
wait_for has_table $table
wait_for both_guarded
exact "no owner, after delete"

# A table that a killed daemon left behind is replaced.
daemon_kill
has_table $table || fail "expected a stale table"
daemon_start
both_guarded || fail "not guarded after a stale table"
exact "after a stale table"
daemon_stop
unset SMCROUTE_TEST_NO_OWNER
has_no_table $table || fail "the table is still there after the end"

# Somebody else's table of that name.
nft add table inet $table
nft add chain inet $table theirs
daemon_start -H netfilter
equal "foreign table: state" suspended "$(hairpin state)"
equal "foreign table: entry" "eth0 >" "$(mroute $s4 $g4)"
status 1 ctl add eth0 $s4 239.1.1.7 eth0
equal "foreign table: refused add" "" "$(mroute $s4 239.1.1.7)"
nft list table inet $table | grep -q theirs || fail "the table was changed"
nft delete table inet $table
reload
wait_for both_guarded
exact "after a foreign table"
