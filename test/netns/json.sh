#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every table is valid JSON of the documented shape, on one line, of any size.
. "${0%/*}/../lib.sh"
need jq

# shape TABLE FILTER EXPECTED: keys in their order as well
shape()
{
	ctl -j show "$1" >"$T/json"
	equal "$1: lines" 1 "$(wc -l <"$T/json")"
	jq -e . "$T/json" >/dev/null || fail "$1: $(cat "$T/json")"
	equal "$1: $2" "$3" "$(jq -c "$2" "$T/json")"
}

topology 2
daemon_start
shape routes . '{"routes":{"asm":[],"ssm":[],"kernel":[]}}'
shape groups . '{"groups":{"conf":[],"kernel":[]}}'
shape pending . '{"pending":[]}'
shape hairpin . '{"hairpin":{"policy":"auto","interfaces":[],"routes":[],"lost":[]}}'
shape interfaces '[.interfaces[] | select(.name == "lo")]' \
	'[{"index":1,"name":"lo","vif":null,"mif":null,"reason":"no MULTICAST flag"}]'
daemon_stop

configure <<CONF
phyint eth0 enable
mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source $s6 group $g6 to eth1
mroute from eth0 group 225.1.2.3/24 to eth1
mroute from eth0 source 198.18.1.0/25 group 239.2.0.0/16 to eth0
mroute from eth0 source $s4 group 239.3.3.3
mroute from none source $s4 group 239.4.4.4 to eth0
mgroup from eth0 group $g4
mgroup from eth0 source $s6 group ff3e::1
mgroup from eth0 group 239.5.5.8/30
phyint eth1 hairpin refuse
CONF
daemon_start
keys='del(.packets, .bytes)'
shape routes ".routes.ssm[0] | $keys" \
	'{"source":"198.18.1.1","group":"239.1.1.1","iif":"eth0","oifs":["eth0","eth1"]}'
shape routes ".routes.ssm[1] | $keys" \
	'{"source":"fd00:1::1","group":"ff0e::1","iif":"eth0","oifs":["eth1"]}'
shape routes ".routes.ssm[2] | $keys" \
	'{"source":"198.18.1.1","group":"239.3.3.3","iif":"eth0","oifs":[]}'
shape routes ".routes.asm[0] | $keys" \
	'{"source":null,"group":"225.1.2.3/24","iif":"eth0","oifs":["eth1"]}'
shape routes ".routes.asm[1] | $keys" \
	'{"source":"198.18.1.0/25","group":"239.2.0.0/16","iif":"eth0","oifs":["eth0"]}'
shape routes '.routes.kernel | length' 3
shape routes '[.routes.kernel[] | select(.group == "239.1.1.1").oifs] | .[0]' \
	'["eth0","eth1"]'
wait_for gives 6 json '.groups.kernel | length' groups
shape groups '.groups.conf' \
	'[{"source":null,"group":"239.1.1.1","iif":"eth0"},{"source":"fd00:1::1","group":"ff3e::1","iif":"eth0"},{"source":null,"group":"239.5.5.8/30","iif":"eth0"}]'
shape groups '[.groups.kernel[].group] | sort' \
	'["239.1.1.1","239.5.5.10","239.5.5.11","239.5.5.8","239.5.5.9","ff3e::1"]'
shape interfaces '.interfaces[] | select(.name == "eth0") | keys_unsorted' \
	'["index","name","vif","mif"]'
shape interfaces '.interfaces[] | select(.name == "eth0") | [.vif, .mif]' \
	'[0,0]'
shape pending . \
	'{"pending":[{"kind":"mroute","iif":"none","source":"198.18.1.1","group":"239.4.4.4","oifs":["eth0"],"reason":"none: no such interface"}]}'
shape hairpin '.hairpin | keys_unsorted' '["policy","interfaces","routes","lost"]'
shape hairpin '.hairpin.interfaces' '[{"name":"eth1","policy":"refuse"}]'
shape hairpin '.hairpin.routes[0]' \
	'{"source":"198.18.1.1","group":"239.1.1.1","iif":"eth0","guard":"netfilter","state":"guarded","reason":null,"exact":true,"joined":"smcroute","suppressed":0,"relayed":0,"dropped":0}'
# A template without entries yet is a row too.
shape hairpin '.hairpin.routes[1] | [.source, .group]' \
	'["198.18.1.0/25","239.2.0.0/16"]'
shape hairpin '.hairpin.routes | length' 2
# The text has the same rows.
ctl show hairpin | grep -Eq "^\\($s4, $g4\\) +eth0 +netfilter +guarded +smcroute +0" ||
	fail "show hairpin: $(ctl show hairpin)"
# -j wins over the other forms.
equal "-j -d -p -t" "$(ctl -j show)" "$(ctl -d -p -t -j show)"
daemon_stop

# Names that JSON has to escape, and more than one buffer of rows.
# shellcheck disable=SC1003
odd='a"b\c'
link_add "$odd" h9
{
	echo "mroute from $odd source $s4 group $g4 to $odd eth0"
	for i in {1..2000}; do
		echo "mroute from eth0 source 198.18.3.$((i % 250)) group" \
			"239.8.$((i / 250)).1 to eth1"
	done
} | configure
daemon_start
shape routes '.routes.ssm | length' 2001
shape routes '.routes.ssm[0].oifs | sort' '["a\"b\\c","eth0"]'
shape hairpin '.hairpin.routes[0].iif' '"a\"b\\c"'
shape interfaces '[.interfaces[].name | select(startswith("a"))]' '["a\"b\\c"]'
