#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Refuses an include that points the wrong way between the rooms of src/.
#
# usage: layers.sh [TREE]

tree=${1:-${srcdir:-$(dirname "$0")/..}}

# What a room may include: of ours (quotes), and what it must not of theirs
# (angle brackets) beyond libc.
ours_of() {
	case $1 in
	lib) echo 'lib/*' ;;
	core) echo 'lib/* core/*' ;;
	kernel) echo 'lib/* core/* kernel/* run/log.h config.h' ;;
	ctl) echo 'lib/* core/* ctl/* run/log.h config.h' ;;
	run) echo 'lib/* run/* config.h' ;;
	esac
}

libs='linux/* asm/* libmnl/* ev.h sys/capability.h systemd/* uthash.h utlist.h'

theirs_of() {
	case $1 in
	kernel) echo 'linux/* libmnl/* ev.h' ;;
	ctl) echo 'ev.h' ;;
	run) echo 'ev.h sys/capability.h systemd/*' ;;
	esac
}

# core asks neither the clock nor the system.
never_in_core='lib/clock.h sys/* net/* syslog.h time.h unistd.h fcntl.h signal.h poll.h'

# True when $1 matches one of the patterns in $2.
matches() {
	set -f
	for pattern in $2; do
		# shellcheck disable=SC2254
		case $1 in
		$pattern) set +f; return 0 ;;
		esac
	done
	set +f
	return 1
}

# judge FILE ROOM MARK HEADER: says what is wrong and returns 1.
judge() {
	if [ "$2" = core ] && matches "$4" "$never_in_core"; then
		:
	elif [ "$3" = '"' ]; then
		matches "$4" "$(ours_of "$2")" && return 0
	elif [ "$1" = src/lib/hash.h ] && matches "$4" 'uthash.h utlist.h'; then
		return 0
	elif ! matches "$4" "$libs" || matches "$4" "$(theirs_of "$2")"; then
		return 0
	fi
	echo "$1: $2 must not include $4" >&2
	return 1
}

includes_of() {
	sed -n 's/^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*\(["<]\)\([^">]*\)[">].*/\1 \2/p' "$1"
}

cd "$tree" || exit 99

bad=0
seen=0
for file in src/*/*.[ch]; do
	[ -f "$file" ] || continue
	room=${file#src/}
	room=${room%%/*}
	if [ -z "$(ours_of "$room")" ]; then
		echo "$file: $room is no room" >&2
		bad=$((bad + 1))
		continue
	fi
	seen=$((seen + 1))
	while read -r mark header; do
		[ -n "$mark" ] || continue
		judge "$file" "$room" "$mark" "$header" || bad=$((bad + 1))
	done <<EOT
$(includes_of "$file")
EOT
done

# The daemon may know everybody, but hash tables only as lib/hash.h has them.
for file in src/*.[ch] test/*.[ch] test/*/*.[ch]; do
	[ -f "$file" ] || continue
	if includes_of "$file" | grep -Eq '(^| )ut(hash|list)\.h$'; then
		echo "$file: must include lib/hash.h, not uthash" >&2
		bad=$((bad + 1))
	fi
done

# The client is built without these libraries.
if [ -f src/smcroutectl.c ] && includes_of src/smcroutectl.c |
		grep -Eq '(kernel/|run/|libmnl/|sys/capability|systemd/)'; then
	echo "src/smcroutectl.c: must do without kernel, run and their libraries" >&2
	bad=$((bad + 1))
fi

if [ "$seen" -eq 0 ]; then
	echo "$tree: no sources found" >&2
	exit 99
fi
[ "$bad" -eq 0 ]
