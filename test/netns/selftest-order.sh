#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcrouted -T counts all copies, also where they are made behind its back.
# needs: root
#
# The router's packets are handled on another processor (RPS), so that a copy
# may still be on its way when the sender goes on.
. "${0%/*}/../lib.sh"
need strace
[ "${WRAPPER:-}" ] && skip "no daemon to be wrapped"
[ "$(nproc)" -ge 2 ] || skip "one processor"

# The self-test stops for a while when its network is there.
spawn()
{
	# A leak check cannot run under strace.
	ASAN_OPTIONS=detect_leaks=0 strace -o "$T/trace" \
		-e inject=epoll_create1:delay_enter=2000000:when=1 \
		smcrouted -T -j >"$T/output" 2>"$T/strace.err" &
	strace_pid=$!
}

in_lab()
{
	nsenter --net="/proc/$pid/ns/net" "$@"
}

has_lab()
{
	pid=$(cat "/proc/$strace_pid/task/$strace_pid/children")
	pid=${pid%% *}
	[ "$pid" ] && in_lab ip link show lab0 >/dev/null 2>&1
}

# What it runs on is 0 or another.
elsewhere()
{
	local cpu
	cpu=$(awk '/^Cpus_allowed_list/ { print $2 }' "/proc/$pid/status")
	[ "$cpu" = 0 ] && echo 2 || echo 1
}

copies()
{
	jq -rc ".selftest.families[] | select(.family == \"$1\") |
		.trials[] | select(.name == \"$2\") |
		[.packets[] | \"\(.wire) \(.local)\"] | join(\", \")" "$T/output"
}

spawn
wait_for has_lab
# shellcheck disable=SC2016
in_lab unshare -m sh -c 'mount -t sysfs sysfs /sys &&
	echo "$0" >/sys/class/net/lab0/queues/rx-0/rps_cpus' \
	"$(elsewhere)" || skip "no RPS"
alive "$strace_pid" || broken "too late for the self-test"
wait "$strace_pid" || fail "status $?: $(cat "$T/output")"
for family in ipv4 ipv6; do
	equal "none" "4 5, 63 64" "$(copies $family none)"
	equal "auto" "1 1, 1 1" "$(copies $family auto)"
done
