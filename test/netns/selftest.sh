#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# smcrouted -T tells what this kernel does, disturbs nothing, leaves nothing.
. "${0%/*}/../lib.sh"
need strace
[ "${WRAPPER:-}" ] && skip "no daemon to be wrapped"

# trial FAMILY NAME FILTER: of the JSON in $T/output
trial()
{
	jq -rc ".selftest.families[] | select(.family == \"$1\") |
		.trials[] | select(.name == \"$2\") | $3" "$T/output"
}

family()
{
	jq -rc ".selftest.families[] | select(.family == \"$1\") | $2" \
		"$T/output"
}

# counts FAMILY NAME: "TTL WIRE LOCAL" of each packet
counts()
{
	trial "$1" "$2" '[.packets[] | "\(.ttl) \(.wire) \(.local)"] |
		join(", ")'
}

burst="5 4 5, 64 63 64"
single="5 1 1, 64 1 1"
# The second table has its price.
double="5 1 2, 64 1 2"

as_json()
{
	local f
	status 0 smcrouted -T -j
	jq -e . "$T/output" >/dev/null || fail "no JSON: $(cat "$T/output")"
	equal "lines" 1 "$(wc -l <"$T/output")"
	equal "kernel" "$(uname -r)" "$(jq -r .selftest.kernel "$T/output")"
	equal "exact" true "$(jq -r .selftest.exact "$T/output")"
	for f in ipv4 ipv6; do
		equal "$f: affected" true "$(family $f .affected)"
		equal "$f: auto" netfilter "$(family $f .auto)"
		equal "$f: without a guard" "$burst" "$(counts $f none)"
		equal "$f: without a guard" false "$(trial $f none .exact)"
		equal "$f: netfilter" "$single" "$(counts $f netfilter)"
		equal "$f: netfilter" true "$(trial $f netfilter .exact)"
		equal "$f: relay" "$single" "$(counts $f relay)"
		equal "$f: relay" true "$(trial $f relay .exact)"
		equal "$f: auto" "$single" "$(counts $f auto)"
	done
	equal "table" "$double" "$(counts ipv4 table)"
	equal "table" false "$(trial ipv4 table .exact)"
	equal "table, IPv6" "" "$(counts ipv6 table)"
	equal "source filter" "$single" "$(counts ipv4 'source filter')"
	equal "source filter, IPv6" "" "$(counts ipv6 'source filter')"
}

as_text()
{
	status 0 smcrouted -T
	said '^IPv4 +none +4 +5 +63 +64 +no$'
	said '^IPv6 +none +4 +5 +63 +64 +no$'
	said '^IPv4 +netfilter +1 +1 +1 +1 +yes$'
	said '^IPv4 +table +1 +2 +1 +2 +no$'
	said '^IPv6 +relay +1 +1 +1 +1 +yes$'
	said '^IPv6 +auto +1 +1 +1 +1 +yes +netfilter$'
	said '^IPv4: this kernel multiplies .* auto: netfilter, exact$'
}

usage()
{
	local args
	for args in "-T -n" "-n -T" "-T -j extra" "extra -T" "-T -h" "-v -T" \
			"-T -F $conf" "-T -x" "-T -t" "-j" "-j -n"; do
		# shellcheck disable=SC2086
		status 64 smcrouted $args
		equal "lines for $args" 1 "$(wc -l <"$T/output")"
	done
	status 0 smcrouted -jT
}

rights()
{
	status 77 unshare -U smcrouted -T
	said 'CAP_SYS_ADMIN is missing'
	status 77 deny packet smcrouted -T -j
	said 'CAP_NET_RAW is missing'
	status 77 setpriv --bounding-set -net_admin --inh-caps -net_admin \
		smcrouted -T
	said 'CAP_NET_ADMIN is missing'
}

# What could not be tried for want of descriptors says nothing of the kernel.
shortage()
{
	local n
	for n in 8 10 13 15 17 20 24; do
		status 71 bash -c "ulimit -n $n && exec smcrouted -T"
		said '^smcrouted: -T: .*Too many open files$'
		equal "lines for $n" 1 "$(wc -l <"$T/output")"
	done
}

# Neither the kernel's lack of a guard nor that of a family ends the test.
lacking()
{
	local f
	status 0 deny netfilter smcrouted -T -j
	for f in ipv4 ipv6; do
		equal "available" false "$(trial $f netfilter .available)"
		equal "not tried" null "$(trial $f netfilter .exact)"
		trial $f netfilter .reason | grep -q CONFIG_NETFILTER_NETLINK ||
			fail "$f: reason $(trial $f netfilter .reason)"
		equal "$f: affected" true "$(family $f .affected)"
		equal "$f: auto" relay "$(family $f .auto)"
		equal "$f: auto" "$single" "$(counts $f auto)"
	done
	# The last rung is not exact, and where there is none nothing leaves.
	status 1 deny netfilter deny raw smcrouted -T -j
	equal "exact" false "$(jq -r .selftest.exact "$T/output")"
	trial ipv6 relay .reason | grep -q CAP_NET_RAW ||
		fail "reason $(trial ipv6 relay .reason)"
	equal "auto" "table false $double" \
		"$(family ipv4 '"\(.auto) \(.exact)"') $(counts ipv4 auto)"
	equal "IPv6: auto" "null false" \
		"$(family ipv6 '"\(.auto) \(.exact)"')$(counts ipv6 auto)"

	status 0 deny ipv6 smcrouted -T -j
	equal "IPv6" "false null null" \
		"$(family ipv6 '"\(.present) \(.exact) \(.affected)"')"
	equal "IPv4" "true true" "$(family ipv4 '"\(.present) \(.exact)"')"
}

# Guards that say they are in place and do nothing.
broken_guard()
{
	local f
	export SMCROUTE_TEST_NO_GUARD=1
	status 1 smcrouted -T -j
	for f in ipv4 ipv6; do
		equal "$f: netfilter" "$burst" "$(counts $f netfilter)"
		equal "$f: exact" "false false" \
			"$(family $f .exact) $(trial $f netfilter .exact)"
		equal "$f: relay" "5 0 1 false" "$(counts $f relay) $(trial \
			$f relay .exact)"
	done
	equal "table" "$burst" "$(counts ipv4 table)"
	status 1 smcrouted -T
	said '^IPv4 +relay +0 +1 +- +- +no  +a packet that had to come back'
	said '^IPv4 +auto +4 +5 +63 +64 +no'
	said '^IPv6: .* auto: netfilter, not exact$'
	unset SMCROUTE_TEST_NO_GUARD
}

# What a self-test could touch.
surroundings()
{
	ip -o link
	ip -o addr
	ip mroute
	ip -6 mroute
	cat /proc/self/mountinfo /proc/net/igmp
	nft list ruleset
	grep -lsx smcrouted /proc/[0-9]*/comm || true
	readlink /proc/[0-9]*/ns/net | sort -u
}

# That of a build with sanitizers cannot run under strace.
no_leak_check()
{
	ASAN_OPTIONS=detect_leaks=0 "$@"
}

# ends STATUS OPTION...: so does a self-test under strace.  The kernel takes
# namespaces away in its own time, and there may be a few only: once more then.
ends()
{
	local want=$1 got=0
	shift
	no_leak_check strace -o "$T/trace" "$@" smcrouted -T \
		>"$T/output" 2>&1 || got=$?
	grep -q 'namespace: No space left' "$T/output" && return 1
	equal "status with $*" "$want" "$got"
}

undisturbed()
{
	local before
	need nft
	daemon_start
	ctl add eth0 $s4 $g4 eth0
	ctl join eth0 $g4
	surroundings >"$T/before"
	log_mark
	status 0 smcrouted -T
	surroundings >"$T/after"
	cmp "$T/before" "$T/after" ||
		fail "changed: $(diff "$T/before" "$T/after")"
	equal "lines in the daemon's log" 0 "$(log_count .)"
	equal "guard" "netfilter guarded" "$(hairpin guard) $(hairpin state)"
	daemon_stop
	# No word to syslog either, where guards are lost.
	status 0 no_leak_check strace -o "$T/trace" -e trace=connect,sendto \
		deny netfilter smcrouted -T
	grep -q AF_NETLINK "$T/trace" || fail "strace has seen nothing"
	before=$(grep -c AF_UNIX "$T/trace") || true
	equal "words to syslog" 0 "$before"
}

# A namespace that is left counts against what this user may have.
nothing_left()
{
	local signal call inject
	sysctl_set user/max_net_namespaces=6
	surroundings >"$T/before"
	for signal in KILL INT TERM; do
		for call in "unshare 1" "unshare 2" "bind 5" "sendto 8" \
				"sendto 40" "setsockopt 60"; do
			inject=${call% *}:signal=$signal:when=${call#* }
			wait_for ends $((128 + $(kill -l $signal))) \
				-e "inject=$inject"
		done
	done
	# Failure in the middle.
	wait_for ends 71 -e inject=sendto:error=ENOBUFS:when=2
	said 'No buffer space'
	wait_for ends 71 -e inject=unshare:error=EMFILE:when=2
	said 'network namespace: Too many'
	surroundings >"$T/after"
	cmp "$T/before" "$T/after" ||
		fail "left: $(diff "$T/before" "$T/after")"
	wait_for ends 0
}

topology 1
as_json
as_text
usage
rights
shortage
lacking
! built_with ENABLE_TEST || broken_guard
undisturbed
nothing_left
