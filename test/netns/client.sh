#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands as scripts use them: batch lines, headings, odd names, what waits, reasons.
. "${0%/*}/../lib.sh"
need script jq

escape=$(printf '\033')

# batch STATUS: of the lines on stdin
batch()
{
	local want=$1 got=0
	ctl -b >"$T/output" 2>&1 || got=$?
	equal "status of the batch" "$want" "$got"
}

batches()
{
	batch 0 <<-LINES
	join eth0 239.1.1.1

	   join   eth0	239.1.1.2
	  # a comment
	# another
	add eth0 $s4 239.1.1.3 eth1
	del eth0 $s4 239.1.1.3
	join eth0 ff0e::5
	LINES
	equal "output" "" "$(cat "$T/output")"
	equal "groups" "239.1.1.1 239.1.1.2 ff0e::5" \
		"$(json '[.groups.conf[].group] | join(" ")' groups)"
	equal "route gone" "" "$(mroute $s4 239.1.1.3)"
	# The lines after an error are done; 256 errors are not 0.
	{
		for _ in {1..256}; do
			echo "leave eth0 239.9.9.9"
		done
		echo "leave eth0 239.1.1.1"
	} | batch 1
	equal "after errors" 0 "$(users eth0 239.1.1.1)"
	batch 0 <<-LINES
	add eth0 239.1.0.0/16 $(printf 'eth1 %.0s' {1..100})
	show
	LINES
	said '^\(\*, 239.1.0.0/16\) +eth0 +eth1$'
	batch 0 <<<"rem eth0 239.1.0.0/16"
	batch 0 <<-LINES
	leave eth0 239.1.1.2
	leave eth0 ff0e::5
	LINES
	equal "shown" "" "$(ctl show groups)"
}

# Escapes on a terminal and nowhere else, and never a byte of stdin is read.
headings()
{
	ctl add eth0 $s4 $g4 eth1
	equal "no escapes in a pipe" 0 "$(ctl show | grep -c "$escape" || true)"
	equal "as -p" "$(ctl -p show)" "$(ctl show)"
	script -qec "stty cols 100; $BUILDDIR/src/smcroutectl -u $sock show" \
		/dev/null </dev/null | tr -d '\r' >"$T/tty"
	grep -q "^$escape\[4m \{100\}$escape\[0m\$" "$T/tty" ||
		fail "title: $(cat -v "$T/tty")"
	[ "$(grep -c "^$escape\[7m.\{100\}$escape\[0m\$" "$T/tty")" -ge 1 ] ||
		fail "heading: $(cat -v "$T/tty")"
	equal "stdin" "untouched" "$(echo untouched | { ctl show >/dev/null; cat; })"
	ctl -t show >"$T/output"
	equal "no headings" 0 "$(grep -c '[=_]\|ROUTE\|Rules' "$T/output" || true)"
	equal "no empty line" 0 "$(ctl show | grep -c '^$' || true)"
	ctl remove eth0 $s4 $g4
}

# A name that ends like a heading is a row all the same.
odd_names()
{
	local name
	for name in odd_ odd=; do
		link_add "$name" h5
		ctl add eth0 $s4 $g4 "$name"
		ctl -t show >"$T/output"
		grep -Eq "^\\($s4, $g4\\) +eth0 +$name *\$" "$T/output" ||
			fail "row of $name: $(cat "$T/output")"
		ctl -p show | grep -Eq "^\\($s4, $g4\\) +eth0 +$name *\$" ||
			fail "row of $name with -p"
		ctl join "$name" 239.2.2.2
		ctl -t show groups | grep -Eq "^\\(\\*, 239.2.2.2\\) +$name *\$" ||
			fail "group on $name: $(ctl -t show groups)"
		ctl leave "$name" 239.2.2.2
		ctl remove eth0 $s4 $g4
		ip link del "$name"
	done
}

# A rejected request exits 1 and says why; nothing of it stays.
reasons()
{
	status 1 ctl add eth0 1.2.3.4 1.2.3.5 eth1
	said '1.2.3.5'
	status 1 ctl add eth0 239.1.1.1/40 eth1
	said '40'
	status 1 ctl join eth0 1.2.3.x 239.1.1.1
	said '1.2.3.x'
	status 1 ctl join eth0 $s6 239.1.1.1
	status 1 ctl join none 239.1.1.1
	said 'none'
	status 1 ctl join none 239.1.1.1
	said 'none'
	status 1 ctl leave eth0 239.1.1.1
	status 1 ctl remove eth0 $s4 239.1.1.1
	status 1 ctl add eth0 $s4 $g6 eth1
	status 1 ctl remove eth0 $s4 $g6 eth1
	equal "routes" '{"asm":[],"ssm":[],"kernel":[]}' "$(json .routes)"
	equal "groups" '{"conf":[],"kernel":[]}' "$(json .groups groups)"
	equal "pending" "No pending routes or groups" "$(ctl show pending)"
	# Names that are not known take nothing away.
	ctl add eth0 $s4 $g4 eth1
	status 1 ctl remove eth0 $s4 $g4 none
	said 'nothing is removed'
	ctl remove eth0 $s4 $g4 none eth1 || true
	equal "the known one went" "eth0 >" "$(mroute $s4 $g4)"
	ctl remove eth0 $s4 $g4
}

# What waits keeps its lengths, comes piece by piece, and can be removed.
waiting()
{
	configure <<-CONF
	mroute from eth0 source 198.18.1.0/24 group 239.4.0.0/16 to eth1 wg0 wg1
	mroute from wg0 group 239.5.0.0/16 to eth1
	mroute from wg0 group 239.5.5.5 to eth1
	mgroup from wg0 group 239.6.0.0/30
	mgroup from wg0 group 239.6.6.6
	mroute from wg0 to eth1
	mroute from wg0 group 1.2.3.4 to eth1
	CONF
	reload
	ctl show pending >"$T/output"
	equal "rows" 6 "$(wc -l <"$T/output")"
	sed -n 1p "$T/output" | grep -qx 'PENDING ROUTES AND GROUPS' ||
		fail "$(cat "$T/output")"
	said '^mroute  from eth0 source 198.18.1.0/24 group 239.4.0.0/16 to .*wg0'
	said '^mroute  from wg0 group 239.5.0.0/16 to eth1$'
	said '^mgroup  from wg0 group 239.6.0.0/30$'
	equal "one rule" '["198.18.1.0/24","239.4.0.0/16"]' \
		"$(json '.routes.asm[] | select(.iif == "eth0") | [.source, .group]')"
	# Not shown as joined.
	equal "groups" 0 "$(json '.groups.conf | length' groups)"
	# By the client.
	status 0 ctl remove wg0 239.5.5.5
	status 0 ctl leave wg0 239.6.6.6
	ctl add eth0 $s4 239.4.4.4 eth1 wg1

	link_add wg0 h8
	wait_for gives 4 json '.groups.kernel | length' groups
	on h0 mcast inject eth0 $s4 239.4.1.1 >/dev/null
	wait_for gives "eth0 > eth1 wg0" mroute $s4 239.4.1.1
	on h8 mcast inject wg0 198.18.8.8 239.5.5.5 >/dev/null
	wait_for gives "wg0 > eth1" mroute 198.18.8.8 239.5.5.5
	equal "the removed one" "239.5.0.0/16" \
		"$(json '.routes.asm[] | select(.iif == "wg0").group')"
	equal "the left one" 0 "$(users wg0 239.6.6.6)"
	link_add wg1 h8
	wait_for gives "eth0 > eth1 wg0 wg1" mroute $s4 239.4.1.1
	wait_for gives "eth0 > eth1 wg0 wg1" mroute $s4 239.4.4.4
	equal "no more waits" "No pending routes or groups" "$(ctl show pending)"
}

topology 2
daemon_start -c 0
batches
headings
odd_names
reasons
waiting
