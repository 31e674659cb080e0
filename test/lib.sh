# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the tests in test/netns/ share.  The namespace a test runs in is the
# router; hosts are further network namespaces at the far end of veth pairs.
# Everything a test makes ends with its namespaces.  Nothing here sleeps for a
# guess: wait_for polls for the event, with a deadline.

set -eu

test_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
test_name=$(basename "$0" .sh)

# Started by hand: through the runner, which makes the namespaces.
[ "${IN_NETNS:-}" ] || exec "$test_dir/run-netns" -v "$test_name"

: "${BUILDDIR:=$(dirname "$test_dir")}"
PATH=$BUILDDIR/test:$BUILDDIR/src:$PATH:/usr/sbin:/sbin
[ "${WRAPPER:-}" ] && WAIT=${WAIT:-60}

# Seconds an event may take to come.
WAIT=${WAIT:-15}

# /run is the test's own, so that `ip netns` can write there; with it goes the
# /dev/log of most systems, and the log is what the daemon writes to stderr.
mount -t tmpfs tmpfs /run
if [ -S /dev/log ]; then
	mount --bind /dev/null /dev/log
fi

T=/run/test
mkdir -p "$T"
conf=$T/conf
sock=$T/sock
pidfile=$T/pid
log=$T/log
: >"$conf"
: >"$log"
daemon_pid=
daemon_wanted=
log_from=1
declare -A pids=()

# The flow of the bug report, and its twin.
s4=198.18.1.1 g4=239.1.1.1
export s6=fd00:1::1 g6=ff0e::1

# The guard that a test of guards is about.  A test for another one is
#	guard=NAME . "${0%/*}/hairpin.sh"
guard=${guard:-netfilter}

# The line for it in the configuration, its families, and what a member gets:
# copies WANTED LOOPED.  Behind the second table it gets looped copies as well.
# behind "eth0 > eth0 eth1" is the kernel's entry of that route: what is relayed
# lacks its hairpin OIF.
behind() { echo "$1"; }
# shellcheck disable=SC2034
case $guard in
netfilter)
	policy=auto families="4 6"
	copies() { echo "$1"; }
	;;
table)
	policy=table families=4
	copies() { echo $(($1 + $2)); }
	;;
relay)
	policy=relay families="4 6"
	copies() { echo "$1"; }
	behind() { echo "${1/ > eth0/ >}"; }
	;;
*)
	echo "no such guard: $guard"
	exit 99
	;;
esac

# -- failing ---------------------------------------------------------------

fail()
{
	echo "FAIL: $*"
	local i
	for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do
		echo "  in ${FUNCNAME[i]}, called at ${BASH_SOURCE[i + 1]##*/}:${BASH_LINENO[i]}"
	done
	exit 1
}

skip()
{
	echo "skipped: $*"
	exit 77
}

# The harness itself does not work here.
broken()
{
	echo "harness: $*"
	exit 99
}

need()
{
	local cmd
	for cmd; do
		command -v "$cmd" >/dev/null || skip "$cmd is not installed"
	done
}

# built_with NAME: as config.h has it, e.g. ENABLE_TEST
built_with()
{
	grep -q "^#define $1 " "$BUILDDIR/config.h"
}

# Nearly all tests are about both families.
built_with ENABLE_IPV6 || skip "built with --disable-ipv6"

dump_state()
{
	local file
	echo "--- configuration"
	cat "$conf"
	for file in "$T"/*.out "$T"/*.err; do
		[ -s "$file" ] || continue
		echo "--- ${file##*/} (last lines)"
		tail -n 20 "$file"
	done
	echo "--- kernel"
	ip mroute show
	ip -6 mroute show
	echo "--- daemon's log (last lines)"
	tail -n "${LOG_LINES:-60}" "$log"
}

at_exit()
{
	local status=$?
	trap - EXIT
	set +e
	if [ "$status" = 0 ] && [ "$daemon_wanted" ]; then
		kill -TERM "$daemon_pid"
		wait "$daemon_pid" || {
			status=$?
			echo "FAIL: the daemon ended with status $status"
			status=1
		}
	fi
	case $status in
	0 | 77) ;;
	*) dump_state ;;
	esac
	exit "$status"
}
trap at_exit EXIT

# -- waiting and asserting ---------------------------------------------------

seconds()
{
	printf '%s' "${EPOCHREALTIME/[.,]*/}"
}

# wait_until SECONDS CMD...: false when the time is over.
wait_until()
{
	local end=$(($(seconds) + $1))
	shift
	until "$@"; do
		[ "$(seconds)" -lt "$end" ] || return 1
		sleep 0.02
	done
}

wait_for()
{
	wait_until "$WAIT" "$@" || fail "timed out waiting for: $*"
}

# equal WHAT EXPECTED ACTUAL
equal()
{
	[ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}

# The output of CMD is TEXT.  wait_for gives TEXT CMD...
gives()
{
	local text=$1
	shift
	[ "$("$@")" = "$text" ]
}

# status N CMD...: it ends with that exit status; its output is in $T/output.
status()
{
	local want=$1 got=0
	shift
	"$@" >"$T/output" 2>&1 || got=$?
	[ "$got" = "$want" ] ||
		fail "status of '$*': expected $want, got $got: $(cat "$T/output")"
}

# The command of the last `status` said so.
said()
{
	grep -Eq -e "$1" "$T/output" ||
		fail "expected output like '$1', got '$(cat "$T/output")'"
}

# -- topology ----------------------------------------------------------------

on()
{
	local ns=$1
	shift
	nsenter --net="/run/netns/$ns" "$@"
}

sysctl_set()
{
	local arg
	for arg; do
		printf '%s' "${arg#*=}" >"/proc/sys/${arg%%=*}" ||
			broken "cannot set $arg"
	done
}

# No reverse path filter, no waiting for duplicate address detection.
net_settle()
{
	sysctl_set net/ipv4/conf/all/rp_filter=0 \
		net/ipv4/conf/default/rp_filter=0 \
		net/ipv6/conf/default/accept_dad=0 \
		net/ipv6/conf/default/accept_ra=0
	ip link set lo up
}

host_add()
{
	ip netns add "$1"
	on "$1" bash -c "$(declare -f broken sysctl_set net_settle); net_settle"
}

# link_add IF HOST: a veth pair, IF in the router and the same name in HOST.
link_add()
{
	[ -e "/run/netns/$2" ] || host_add "$2"
	ip link add "$1" type veth peer name "$1" netns "$2"
	on "$2" ip link set "$1" up
	ip link set "$1" up
}

# Before Linux 6.2 an interface keeps its name while it is up.
link_rename()
{
	ip link set "$1" name "$2" 2>/dev/null && return
	ip link set "$1" down
	ip link set "$1" name "$2"
	ip link set "$2" up
}

# address_add IF HOST N: 198.18.N.254 and fd00:N::fe here, .1 and ::1 there.
address_add()
{
	ip addr add "198.18.$3.254/24" dev "$1"
	ip addr add "fd00:$3::fe/64" dev "$1" nodad
	on "$2" ip addr add "198.18.$3.1/24" dev "$1"
	on "$2" ip addr add "fd00:$3::1/64" dev "$1" nodad
}

# eth0..: each to a host of its own, h0.., networks 1..
topology()
{
	local i
	for ((i = 0; i < $1; i++)); do
		link_add "eth$i" "h$i"
		address_add "eth$i" "h$i" $((i + 1))
	done
}

# far_plug [IFINDEX]: eth0, with its far end in far_bridge's bridge.
far_plug()
{
	ip link add eth0 ${1:+index "$1"} type veth peer name port netns far
	on far ip link set port master br0 up
	ip link set eth0 up
	ip addr add 198.18.1.254/24 dev eth0
	ip addr add fd00:1::fe/64 dev eth0 nodad
}

# The host of eth0 has a bridge, br0, which stays when the veth pair goes.
far_bridge()
{
	host_add far
	on far ip link add br0 type bridge mcast_snooping 0
	on far ip link set br0 up
	on far ip addr add 198.18.1.1/24 dev br0
	on far ip addr add fd00:1::1/64 dev br0 nodad
	far_plug
}

need_mrules()
{
	ip mrule add pref 50000 lookup 500 2>/dev/null ||
		skip "this kernel has no multicast tables"
	ip mrule del pref 50000
}

# -- processes ---------------------------------------------------------------

alive()
{
	kill -0 "$1" 2>/dev/null
}

is_ready()
{
	grep -qx ready "$T/$1.out" 2>/dev/null || {
		alive "${pids[$1]}" || fail "$1 ended: $(cat "$T/$1.err")"
		return 1
	}
}

# start NAME [@HOST] CMD...: in the background, until it says "ready".
start()
{
	local name=$1 at=()
	shift
	if [[ $1 == @* ]]; then
		at=(nsenter --net="/run/netns/${1#@}")
		shift
	fi
	: >"$T/$name.out"
	"${at[@]}" "$@" >"$T/$name.out" 2>"$T/$name.err" &
	pids[$name]=$!
	wait_for is_ready "$name"
}

# Ends it; what it said is in $T/NAME.out.
stop()
{
	local name
	for name; do
		kill -TERM "${pids[$name]}" 2>/dev/null || true
		finish "$name"
	done
}

# Waits for its own end.
finish()
{
	local got=0
	wait "${pids[$1]}" || got=$?
	unset "pids[$1]"
	[ "$got" = 0 ] || fail "$1 ended with $got: $(cat "$T/$1.err")"
}

# The last line of NAME, e.g. "total 5".
last()
{
	tail -n 1 "$T/$1.out"
}

# -- daemon ------------------------------------------------------------------

# The configuration, from stdin.
configure()
{
	cat >"$conf"
}

daemon_is_ready()
{
	[ -s "$pidfile" ] && return 0
	alive "$daemon_pid" || {
		daemon_wanted=
		fail "the daemon ended at start"
	}
	return 1
}

daemon_spawn()
{
	local wrapper
	read -ra wrapper <<<"${WRAPPER:-}"
	rm -f "$pidfile"
	"${wrapper[@]}" "$BUILDDIR/src/smcrouted" -n -f "$conf" -u "$sock" \
		-P "$pidfile" -i test -l debug "$@" >>"$log" 2>&1 &
	daemon_pid=$!
	daemon_wanted=1
}

daemon_start()
{
	daemon_spawn "$@"
	wait_for daemon_is_ready
}

# By strace, from here on.
is_traced()
{
	grep -q '^TracerPid:[^0-9]*[1-9]' "/proc/$daemon_pid/status"
}

# Ends it as an operator would, and it must end well.
daemon_stop()
{
	local got=0
	daemon_wanted=
	kill -TERM "$daemon_pid" || fail "the daemon is gone"
	wait "$daemon_pid" || got=$?
	[ "$got" = 0 ] || fail "the daemon ended with status $got"
}

daemon_kill()
{
	daemon_wanted=
	kill -KILL "$daemon_pid"
	wait "$daemon_pid" 2>/dev/null || true
}

ctl()
{
	"$BUILDDIR/src/smcroutectl" -u "$sock" "$@"
}

mtime()
{
	stat -c %y "$pidfile"
}

touched_since()
{
	[ "$(mtime)" != "$1" ]
}

# Returns when the daemon has reloaded: it touches its PID file.
reload()
{
	local before
	before=$(mtime)
	kill -HUP "$daemon_pid"
	wait_for touched_since "$before"
}

# -- the daemon's log ----------------------------------------------------------

# Forgets what was logged so far.
log_mark()
{
	log_from=$(($(wc -l <"$log") + 1))
}

logged()
{
	tail -n "+$log_from" "$log" | grep -Eq -e "$1"
}

log_count()
{
	tail -n "+$log_from" "$log" | grep -Ec -e "$1" || true
}

wait_log()
{
	wait_until "$WAIT" logged "$1" || fail "not in the log: $1"
}

# -- state -------------------------------------------------------------------

# json FILTER SHOW-ARGS...: one value of `smcroutectl -j show`.
json()
{
	local filter=$1
	shift
	ctl -j show "$@" | jq -rc "$filter"
}

# mroute SOURCE GROUP: "IIF > OIF OIF" of the kernel's entry, or nothing.  The
# kernel may list packets that wait for an entry although there is one by now.
mroute()
{
	local family=-4
	[[ $1 == *:* ]] && family=-6
	ip "$family" mroute show | tr -s ' \t' ' ' | awk -v key="($1,$2)" '
		$1 == key && $3 != "unresolved" {
			line = $3 " >"
			for (i = 4; i <= NF && $i != "State:"; i++)
				if ($i != "Oifs:")
					line = line " " $i
			print line
		}'
}

# How many entries the kernel has, both families.
mroute_count()
{
	{ ip mroute show; ip -6 mroute show; } |
		grep -c 'State: resolved' || true
}

# hairpin FIELD [SOURCE GROUP]: of the row in `show hairpin`.
hairpin()
{
	json "[.hairpin.routes[] | select(.source == \"${2:-$s4}\" and
		.group == \"${3:-$g4}\")] | .[0].$1" hairpin
}

# Members of a group on an interface, as the kernel counts them.
users4()
{
	local hex
	hex=$(printf '%02X%02X%02X%02X' \
		"$(cut -d. -f4 <<<"$2")" "$(cut -d. -f3 <<<"$2")" \
		"$(cut -d. -f2 <<<"$2")" "$(cut -d. -f1 <<<"$2")")
	awk -v dev="$1" -v group="$hex" '
		/^[0-9]/ { here = ($2 == dev) }
		here && $1 == group { print $2; found = 1 }
		END { if (!found) print 0 }' /proc/net/igmp
}

users6()
{
	ip -6 maddr show dev "$1" | awk -v group="$2" '
		$2 == group {
			n = 1
			for (i = 3; i <= NF; i++)
				if ($i == "users")
					n = $(i + 1)
			print n
			found = 1
		}
		END { if (!found) print 0 }'
}

users()
{
	if [[ $2 == *:* ]]; then
		users6 "$@"
	else
		users4 "$@"
	fi
}

# -- traffic -----------------------------------------------------------------

# How many lines of NAME match; 0 included.
lines()
{
	grep -Ec -e "$2" "$T/$1.out" || true
}

at_least()
{
	[ "$(lines "$1" "$2")" -ge "$3" ]
}

# TTLs of the frames that NAME captured, destination port 2, in order.
ttls()
{
	awk '$1 == "in" && $7 == 2 { printf "%s%s", sep, $2; sep = " " }' \
		"$T/$1.out"
}

# marker HOST IF SOURCE GROUP CAPTURE: one more datagram of the flow, to port
# 9, that has to come out by CAPTURE.  What was sent before has come by then.
marker()
{
	local before
	before=$(lines "$5" '^in .* 9 marker$')
	on "$1" mcast inject -p 9 -T 2 -m marker "$2" "$3" "$4" >/dev/null
	wait_for at_least "$5" '^in .* 9 marker$' $((before + 1))
}

net_settle
