#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A host and a router, joined by a wire: what one datagram becomes on it, with
# the hairpin guard off and on.  Everything happens in namespaces that end with
# this script; the network of the machine is not touched.

if [ -z "${IN_NETNS:-}" ]; then
	export IN_NETNS=1
	flags="-mrunpf --mount-proc --kill-child"
	# shellcheck disable=SC2086
	unshare $flags true 2>/dev/null || flags="-mnpf --mount-proc --kill-child"
	# shellcheck disable=SC2086
	exec unshare $flags bash "$0" "$@"
fi

. "${0%/*}/lib.sh"

title()
{
	printf '\n%s\n%s\n' "$*" "$(tr -c '\n' - <<<"$*")"
}

# Shows the command, and runs it.
run()
{
	echo "  # smcroutectl $*"
	ctl "$@"
}

# print_frames NAME: what the host sees on the wire, as it happens
print_frames()
{
	local way ttl to n=0
	while read -r way ttl _ _ _ _ to _; do
		[ "$way" != total ] || break
		[ "$to" = 2 ] || continue
		case $way in
		out) echo "    host -> router   TTL $ttl" ;;
		in)
			n=$((n + 1))
			[ "$n" -gt 8 ] || echo "    host <- router   TTL $ttl"
			[ "$n" != 9 ] || echo "    and so on"
			;;
		esac
	done < <(tail -n +2 -f --pid="${pids[$1]}" "$T/$1.out")
}

# frames NAME TTL SOURCE GROUP: one datagram; leaves NAME.out, NAME.copies
frames()
{
	start "$1" @h0 mcast capture eth0 "$4"
	start "$1-local" mcast recv -j eth0 "$4"
	print_frames "$1" &
	printer=$!
	on h0 mcast inject -T "$2" eth0 "$3" "$4" >/dev/null
	marker h0 eth0 "$3" "$4" "$1"
	stop "$1" "$1-local"
	wait "$printer"
	last "$1-local" >"$T/$1.copies"
	sed -i 's/total //' "$T/$1.copies"
	printf '    on the wire: %s, delivered to a local member: %s\n' \
		"$(lines "$1" '^in .* 1 2 ')" "$(cat "$T/$1.copies")"
}

# row TEXT TEXT
row()
{
	printf '  %-28s | %s\n' "$1" "$2"
}

# The lines of one column.
column()
{
	awk '$1 == "out" && $7 == 2 { print "-> TTL " $2 }
		$1 == "in" && $7 == 2 && ++n <= 8 { print "<- TTL " $2 }
		END { if (n > 8) print "   and " n - 8 " more" }' "$T/$1.out"
}

# side_by_side TTL OFF ON
side_by_side()
{
	local left right
	title "Side by side: one datagram with TTL $1"
	row "hairpin off" "hairpin auto (netfilter)"
	row "----------------------------" "----------------------------"
	while read -r left <&3 || [ "$left" ]; do
		read -r right <&4 || true
		row "$left" "$right"
	done 3< <(column "$2") 4< <(column "$3")
	row "" ""
	row "copies on the wire:    $(lines "$2" '^in .* 1 2 ')" \
		"copies on the wire:    $(lines "$3" '^in .* 1 2 ')"
	row "delivered to a member: $(cat "$T/$2.copies")" \
		"delivered to a member: $(cat "$T/$3.copies")"
}

# policy WORD: both families, the one by commands, the other from the file
policy()
{
	title "hairpin $1"
	configure <<-CONF
	hairpin $1
	mroute from eth0 source $s6 group $g6 to eth0
	mgroup from eth0 group $g6
	CONF
	echo "  smcroute.conf:"
	sed 's/^/    /' "$conf"
	daemon_start
	run add eth0 $s4 $g4 eth0
	run join eth0 $g4
	printf '\n  IPv4, (%s, %s):\n' $s4 $g4
	frames "$1-4" 5 $s4 $g4
	printf '\n  IPv6, (%s, %s):\n' $s6 $g6
	frames "$1-6" 5 $s6 $g6
	printf '\n  IPv4, TTL 64:\n'
	frames "$1-64" 64 $s4 $g4
	echo
	echo "  # smcroutectl show hairpin"
	ctl -p show hairpin | sed 's/^/  /'
	daemon_stop
}

topology 1
cat <<'TEXT'
A host and a router are joined by one wire, eth0 on both ends.  The router is to
send multicast that comes in by eth0 out of eth0 again, and has joined the group.
A datagram should come back once, with its TTL lowered by one.
TEXT
policy off
policy auto
side_by_side "5, IPv4" off-4 auto-4
side_by_side "5, IPv6" off-6 auto-6
side_by_side "64, IPv4" off-64 auto-64
