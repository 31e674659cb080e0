#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 65,536 groups are joined and left while routing and clients are served; beyond the descriptors is an error.
# tags: load timing
# timeout: 40
. "${0%/*}/../lib.sh"

# Microseconds.
now()
{
	printf '%s' "${EPOCHREALTIME/[.,]/}"
}

# members HEX: groups on eth0 that end so in /proc/net/igmp
members()
{
	awk -v end="$1\$" '/^[0-9]/ { here = ($2 == "eth0") }
		here && $1 ~ end { n++ } END { print n + 0 }' /proc/net/igmp
}

members6()
{
	awk -v start="^$1" '$2 == "eth0" && $3 ~ start { n++ }
		END { print n + 0 }' /proc/net/igmp6
}

kernel_joins()
{
	json '.groups.kernel | length' groups
}

# quick WHAT MS CMD...
quick()
{
	local what=$1 limit=$2 t0 t
	shift 2
	t0=$(now)
	"$@" >/dev/null
	t=$((($(now) - t0) / 1000))
	[ $t -gt "$slowest" ] && slowest=$t
	[ $t -le "$limit" ] || fail "$what took $t ms"
}

topology 2
link_add eth2 h2
configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1
CONF
daemon_start -c 0 -l info
slowest=0

# clients_until COUNT WHAT: what clients do until so many are joined; sets n
clients_until()
{
	n=0
	while [ "$(members 4DEF)" != "$1" ]; do
		quick "show" 2000 ctl show
		n=$((n + 1))
		# A route of a client, and a flow that is learned.
		quick "add" 2000 ctl add eth0 239.2.$n.0/24 eth1
		on h0 mcast inject eth0 $s4 239.2.$n.1 >/dev/null
		wait_for gives "eth0 > eth1" mroute $s4 239.2.$n.1
		quick "remove" 2000 ctl remove eth0 239.2.$n.0/24
		[ $n -lt 500 ] || fail "the $2 do not end"
	done
	echo "65,536 $2, $n clients meanwhile, slowest $slowest ms"
}

# In slices, between which the daemon does all else.
start far @h1 mcast capture -q -i eth1 $g4
start flow @h0 mcast inject -r 1000 eth0 $s4 $g4
quick "join" 2000 ctl join eth0 239.77.0.0/16
clients_until 65536 joins
stop flow far

# Left in slices as well, newest first: the other order takes half a minute.
slowest=0
quick "leave" 1000 ctl leave eth0 239.77.0.0/16
left=$(members 4DEF)
[ "$left" -gt 0 ] || fail "all were left in one go"
clients_until 0 leaves
[ $n -gt 0 ] || fail "no client was served meanwhile"
equal "none left" 0 "$(kernel_joins)"

# Joined again while it is being left, in part; and by a file that no longer
# has it.
echo "mgroup from eth0 group 239.77.0.0/16" >"$conf"
reload
wait_for gives 65536 members 4DEF
: >"$conf"
quick "reload" 1000 reload
quick "join" 1000 ctl join eth0 239.77.128.0/22
wait_for gives 1024 members 4DEF
ctl join eth0 239.77.0.0/16
ctl leave eth0 239.77.0.0/16
ip link set eth0 multicast off
wait_for gives 0 members 4DEF
ip link set eth0 multicast on
wait_for gives 1024 members 4DEF
ctl leave eth0 239.77.128.0/22
wait_for gives 0 members 4DEF
equal "none left" 0 "$(kernel_joins)"

# More sources of a group than a socket takes, and IPv6 too.
ctl join eth0 198.18.1.0/26 232.5.5.5
ctl join eth0 fd00:1::/120 ff3e::5
wait_for gives 320 kernel_joins
ctl join eth0 ff0e::5:0/119
wait_for gives 512 members6 ff0e000000000000000000000005
ctl leave eth0 ff0e::5:0/119
ctl leave eth0 198.18.1.0/26 232.5.5.5
ctl leave eth0 fd00:1::/120 ff3e::5
wait_for gives 0 kernel_joins

# More than can be meant is refused at once, by a file as well.
for range in 225.0.0.0/8 ff0e:1::/64 "198.18.0.0/15 232.1.0.0/16"; do
	# shellcheck disable=SC2086
	status 1 ctl join eth0 $range
	said 'too large'
done
echo "mgroup from eth0 group 225.0.0.0/8" >"$conf"
log_mark
reload
wait_log "$conf line 1: .*too large"
equal "nothing joined" 0 "$(kernel_joins)"
: >"$conf"
daemon_stop

# Beyond the descriptors there is an error that says so, and a daemon that
# still has some to talk with, to reload and to route.
ulimit -n 120
daemon_start -c 0 -l info
for range in 225.0.0.0/12 "198.18.0.0/16 232.1.1.1"; do
	log_mark
	# shellcheck disable=SC2086
	ctl join eth0 $range >"$T/output" 2>&1 || true
	if ! grep -q 'eth0: .* joins .*open files' "$T/output"; then
		wait_log 'eth0: .* joins .*open files'
	fi
	for _ in 1 2 3; do
		quick "show" 2000 ctl show
	done
	status 0 ctl add eth0 239.2.2.2 eth1
	on h0 mcast inject eth0 $s4 239.2.2.2 >/dev/null
	wait_for gives "eth0 > eth1" mroute $s4 239.2.2.2
	echo "mroute from eth0 source $s4 group $g4 to eth1" >"$conf"
	quick "reload" 2000 reload
	equal "reload beyond the descriptors" "eth0 > eth1" "$(mroute $s4 $g4)"
	status 0 ctl join eth0 239.9.9.9
	: >"$conf"
	reload
done
