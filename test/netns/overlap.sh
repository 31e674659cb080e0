#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An entry goes out where any rule that covers it says, in whatever order rules and flows come and go.
. "${0%/*}/../lib.sh"

# permute DONE WORD...: every order of the words, a line each
permute()
{
	local done=$1 word
	shift
	[ $# -gt 0 ] || echo "$done"
	for word; do
		# shellcheck disable=SC2046
		permute "$done $word" $(printf '%s\n' "$@" | grep -vx "$word")
	done
}

# The rules, each with an outbound interface of its own.  Read by name.
# shellcheck disable=SC2034
declare -A rule4=([1]="239.1.0.0/16" [2]="198.18.1.0/24 239.1.1.0/24"
	[3]="$s4 $g4")
# shellcheck disable=SC2034
declare -A rule6=([1]="ff0e::/112" [2]="fd00:1::/64 ff0e::/120" [3]="$s6 $g6")

flow()
{
	on h0 mcast inject -T 5 eth0 "$s" "$g" >/dev/null
}

# is WHAT: the entry goes out of what the rules in effect say
is()
{
	local i want="eth0 >"
	for i in 1 2 3; do
		case " $in_effect " in
		*" $i "*) want+=" eth$i" ;;
		esac
	done
	case " $in_effect " in
	*" flow "* | *" 3 "*) ;;
	*) want= ;;
	esac
	wait_until 3 gives "$want" mroute "$s" "$g" ||
		fail "$1: expected '$want', got '$(mroute "$s" "$g")'"
}

# order STEP...: rules and the flow come in that order, and the rules go
order()
{
	local step
	in_effect=
	for step; do
		case $step in
		flow) flow ;;
		*) ctl add eth0 ${rule[$step]} "eth$step" ;;
		esac
		in_effect+=" $step"
		is "$*, $step is there"
	done
	for step; do
		[ "$step" != flow ] || continue
		ctl remove eth0 ${rule[$step]}
		in_effect=$(tr ' ' '\n' <<<"$in_effect" | grep -vx "$step" |
			tr '\n' ' ')
		case $in_effect in
		*[123]*) flow ;;
		*) in_effect= ;;
		esac
		is "$*, $step is gone"
	done
	ctl flush
}

topology 4
daemon_start -c 0 -l info
permute "" 1 2 3 flow >"$T/orders"
equal "orders" 24 "$(wc -l <"$T/orders")"
for family in 4 6; do
	declare -n rule=rule$family s=s$family g=g$family
	while read -ra steps; do
		order "${steps[@]}"
	done <"$T/orders"
	declare +n rule s g
done

# Outbound interfaces are taken off where no other rule wants them; a rule
# without any is a rule.
ctl add eth0 239.1.0.0/16 eth1 eth2
ctl add eth0 $s4 $g4 eth2 eth3
equal "both" "eth0 > eth1 eth2 eth3" "$(mroute $s4 $g4)"
ctl remove eth0 239.1.0.0/16 eth1 eth2
equal "template without outbounds" "eth0 > eth2 eth3" "$(mroute $s4 $g4)"
ctl remove eth0 $s4 $g4 eth2 eth3
equal "both without" "eth0 >" "$(mroute $s4 $g4)"
ctl add eth0 239.1.0.0/16 eth3
equal "added again" "eth0 > eth3" "$(mroute $s4 $g4)"

# Other spellings are the same rule, shown as first typed.
ctl add eth0 239.1.7.7/16 eth2
equal "same rule" "239.1.0.0/16" "$(json '.routes.asm[].group')"
equal "same rule" "eth0 > eth2 eth3" "$(mroute $s4 $g4)"
ctl remove eth0 239.1.9.9/16
equal "removed as another spelling" "eth0 >" "$(mroute $s4 $g4)"
