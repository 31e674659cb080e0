#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcrouted -T tells kernels apart: one without the defect needs no guard, one without IPv6 is exact.
#
# Its network is made such a kernel's while it waits.
. "${0%/*}/../lib.sh"
need strace nft
[ "${WRAPPER:-}" ] && skip "no daemon to be wrapped"

# spawn CALL COMMAND...: before that system call it waits
spawn()
{
	local call=$1
	shift
	# A leak check cannot run under strace.
	ASAN_OPTIONS=detect_leaks=0 "$@" strace -o "$T/trace" \
		-e "inject=${call% *}:delay_enter=2000000:when=${call#* }" \
		smcrouted -T -j >"$T/output" 2>"$T/strace.err" &
	strace_pid=$!
	wait_for has_lab
}

in_lab()
{
	nsenter --net="/proc/$pid/ns/net" "$@"
}

has_lab()
{
	pid=$(cat "/proc/$strace_pid/task/$strace_pid/children")
	pid=${pid%% *}
	[ "$pid" ] && in_lab ip -o link show lab0 2>/dev/null | grep -q LOWER_UP
}

# ends STATUS: and its network was changed in time
ends()
{
	local got=0
	alive "$strace_pid" || broken "too late for the self-test"
	wait "$strace_pid" || got=$?
	equal "status" "$1" "$got: $(cat "$T/strace.err")"
}

families()
{
	jq -rc '[.selftest.families[] |
		"\(.present) \(.affected) \(.auto) \(.exact)"] | join(", ")' \
		"$T/output"
}

# No looped copy gets to multicast routing.
cure()
{
	in_lab nft -f - <<-NFT
	table inet cure {
		chain prerouting {
			type filter hook prerouting priority -350;
			rt ip nexthop != 0.0.0.0 drop
			rt ip6 nexthop != :: drop
		}
	}
	NFT
}

# Where no guard is to be had, none is needed.
spawn "epoll_create1 1" env
cure
ends "0: "
equal "not affected" "true false netfilter true, true false netfilter true" \
	"$(families)"
spawn "epoll_create1 1" deny netfilter deny raw
cure
ends "0: "
equal "no guard" "true false table true, true false null true" "$(families)"

# The fifth is that of the sender's address, IPv4.
spawn "bind 5" env
in_lab bash -c 'echo 1 >/proc/sys/net/ipv6/conf/lab0/disable_ipv6'
ends "0: "
equal "no IPv6" "true true netfilter true, false null null null" "$(families)"
equal "reason" true "$(jq -c '.selftest.families[1].reason |
	test("disable_ipv6")' "$T/output")"

# Nothing is known of a kernel that sends nothing back.
spawn "epoll_create1 1" env
in_lab nft -f - <<-NFT
	table inet hole {
		chain forward {
			type filter hook forward priority 0;
			iif lab0 drop
		}
	}
NFT
ends "1: "
equal "nothing back" "true null netfilter false, true null netfilter false" \
	"$(families)"
