#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 32 interfaces have a VIF and a MIF, the 33rd is refused by name; one reload changes all 32.
. "${0%/*}/../lib.sh"

# vifs FILE: how many are in use
vifs()
{
	tail -n +2 "/proc/net/$1" | wc -l
}

names()
{
	local i
	for ((i = $2; i <= $3; i++)); do
		printf '%s%s ' "$1" "$i"
	done
}

# all SET: routes of both families over 32 interfaces
all()
{
	# shellcheck disable=SC2046
	equal "$1: IPv4" "${1}0 > $(names "$1" 1 31 | sed 's/ $//')" \
		"$(mroute $s4 $g4)"
	equal "$1: IPv6" "${1}0 > $(names "$1" 1 31 | sed 's/ $//')" \
		"$(mroute $s6 $g6)"
	equal "$1: VIFs" 32 "$(vifs ip_mr_vif)"
	equal "$1: MIFs" 32 "$(vifs ip6_mr_vif)"
}

config_of()
{
	configure <<-CONF
	mroute from ${1}0 source $s4 group $g4 to $(names "$1" 1 31)
	mroute from ${1}0 source $s6 group $g6 to $(names "$1" 1 31)
	CONF
}

for ((i = 0; i < 34; i++)); do
	echo "link add a$i type veth peer name b$i"
done >"$T/batch"
ip -batch "$T/batch"

config_of a
daemon_start
all a

# Another one.
status 0 ctl add a0 $s4 $g4 a32
wait_log 'a32: .*32 are in use'
equal "why not" "a32: no free VIF" "$(json '.pending[0].reason' pending)"
equal "why not" "no free VIF" \
	"$(json '.interfaces[] | select(.name == "a32").reason' interfaces)"
ctl -d show interfaces >"$T/output"
said '^ +[0-9]+ a32 +N/A +N/A  no free VIF$'
all a
status 1 ctl add a33 $s4 239.2.2.2 a1
said 'a33'
said 'a33: no free VIF'
equal "no entry" "" "$(mroute $s4 239.2.2.2)"
equal "no VIF" '[null,null]' \
	"$(json '.interfaces[] | select(.name == "a33") | [.vif, .mif]' \
		interfaces)"

for set in b a b; do
	config_of $set
	log_mark
	reload
	equal "complaints" 0 "$(log_count 'no free VIF')"
	all $set
done

# All outbound interfaces, the inbound one among them.
configure <<CONF
mroute from a0 source $s4 group $g4 to $(names a 0 31)
CONF
reload
equal "32 outbound interfaces" "a0 > $(names a 0 31 | sed 's/ $//')" \
	"$(mroute $s4 $g4)"
# More than a client may ask for: nothing of it is done.
# shellcheck disable=SC2046
status 1 ctl add a0 $s4 239.3.3.3 $(names a 0 32)
said 'a0: more than 32 outbound interfaces'
equal "no entry" "" "$(mroute $s4 239.3.3.3)"
# shellcheck disable=SC2046
status 0 ctl add a0 $s4 239.3.3.3 $(names a 0 31) $(names a 0 31) a+
equal "32, twice" "a0 > $(names a 0 31 | sed 's/ $//')" \
	"$(mroute $s4 239.3.3.3)"
# More than there can be.
configure <<CONF
mroute from a0 source $s4 group $g4 to $(names a 0 33)
mroute from a1 source $s4 group 239.2.2.2 to a2
CONF
log_mark
reload
wait_log "$conf line 1: .*32"
equal "the line after it" "a1 > a2" "$(mroute $s4 239.2.2.2)"
# By a client, as many as there are words.
# shellcheck disable=SC2046
ctl add a0 $s4 239.3.3.3 $(names a 0 33) $(names b 0 33) || true
status 0 ctl show
