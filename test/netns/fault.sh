#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the kernel refuses for a moment is made up for, and leaves nothing
# behind.
. "${0%/*}/../lib.sh"

need strace nft

# failing CALL ERRNO N COMMAND...: while the command runs the daemon's Nth such
# call fails.
failing()
{
	local call=$1 inject=inject=$1:error=$2:when=$3
	shift 3
	strace -qq -o "$T/trace" -e trace="$call" -e "$inject" \
		-p "$daemon_pid" 2>"$T/strace.err" &
	pids[strace]=$!
	wait_for is_attached
	"$@"
	kill -TERM "${pids[strace]}" 2>/dev/null || true
	wait "${pids[strace]}" || true
}

is_attached()
{
	alive "${pids[strace]}" || fail "no strace: $(cat "$T/strace.err")"
	is_traced
}

has_failed()
{
	grep -q INJECTED "$T/trace"
}

reloaded()
{
	configure <<<"$1"
	ctl reload >/dev/null || true
}

rules()
{
	ip mrule | grep -c 'iif lo' || true
}

# Its events have been told.
plug()
{
	link_add eth0 h0
	address_add eth0 h0 1
	wait_for is_used
}

is_used()
{
	[ "$(json '.interfaces[] | select(.name == "eth0") | .reason' \
		interfaces)" = null ]
}

# The interface is still needed.
removed()
{
	reloaded "$group"
	wait_until 1 gives 0 rules || true
}

# As after a start without an error, by one reload.
made_up()
{
	reloaded "$all"
	equal "$1: guard" table "$(hairpin guard)"
	equal "$1: entry" "eth0 > eth0" "$(mroute $s4 $g4)"
	equal "$1: rules" 1 "$(rules)"
	equal "$1: members" 1 "$(users eth0 $g4)"
}

topology 1
all="hairpin table
mroute from eth0 source $s4 group $g4 to eth0
mgroup from eth0 group $g4"
none="hairpin table"
group="hairpin table
mgroup from eth0 group $g4"
configure <<<"$all"
daemon_start
made_up start

# Rules are read and made, and the answer is lost.
for ((n = 1; n < 40; n++)); do
	reloaded "$none"
	wait_for gives 0 rules
	failing recvmsg EIO "$n" reloaded "$all"
	has_failed || break
	reloaded "$none"
	wait_for gives 0 rules
	made_up "recvmsg $n"
done
echo "$n answers"
[ "$n" -gt 5 ] || fail "only $n answers"

# A rule that cannot be taken out goes later.
for ((n = 1; n < 40; n++)); do
	failing sendto ENOBUFS "$n" removed
	has_failed || break
	wait_for gives 0 rules
	made_up "sendto $n"
done
echo "$n requests"
made_up "after it"

# VIFs, joins and entries.
for ((n = 1; n < 40; n++)); do
	ip link del eth0
	wait_for gives "" mroute $s4 $g4
	failing setsockopt ENOMEM "$n" plug
	has_failed || break
	made_up "setsockopt $n"
done
echo "$n calls"
[ "$n" -gt 5 ] || fail "only $n calls"

# ends POLICY: and leaves nothing behind
ends()
{
	for ((n = 1; n < 40; n++)); do
		failing sendto ENOBUFS "$n" daemon_stop
		equal "$1, $n: rules at the end" 0 "$(rules)"
		equal "$1, $n: tables at the end" "" "$(nft list tables)"
		equal "$1, $n: routes at the end" 0 "$(mroute_count)"
		daemon_start
		equal "$1: guard" "$1" "$(hairpin guard)"
		has_failed || break
	done
	echo "$1: $n ends"
	[ "$n" -gt 1 ] || fail "$1: nothing failed"
}

# No leak check can run under strace, which is there at the end from here on.
daemon_stop
export ASAN_OPTIONS=detect_leaks=0
daemon_start
ends table
daemon_stop
configure <<<"${all/table/netfilter}"
export SMCROUTE_TEST_NO_OWNER=1
daemon_start
ends netfilter
daemon_stop
