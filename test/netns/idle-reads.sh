#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A learned entry is read about once per idle time, also when packets come, in any table.
# tags: timing
# timeout: 60
. "${0%/*}/../lib.sh"

now()
{
	printf '%s' "${EPOCHREALTIME/[.,]/}"
}

# The mroute sockets' counters, and the ages.
reads()
{
	grep -cE 'ioctl\([0-9]+, .*(0x89e1|0x89, 0xe1|SIOCGETSGCNT|SIOCPROTOPRIVATE)' \
		"$T/strace" || true
}

ages()
{
	grep -c 'nlmsg_type=RTM_GETROUTE' "$T/strace" || true
}

# gone TABLE SOURCE GROUP
gone()
{
	! { ip mroute show table "$1"; ip -6 mroute show table "$1"; } |
		grep -qF "($2,$3)"
}

need strace
topology 2
configure <<CONF
mroute from eth0 group 239.1.0.0/16 to eth1
mroute from eth0 group ff0e::/112 to eth1
CONF

# Two flows for two idle times of 4 seconds.  Each look at one that moves is up
# to four calls; what is read in steps of 0.8 seconds takes 60 and more.
daemon_start -c 4
for flow in "$s4 239.1.1.1" "$s6 ff0e::1"; do
	# shellcheck disable=SC2086
	on h0 mcast inject eth0 $flow >/dev/null
	# shellcheck disable=SC2086
	start "flow-${flow##* }" @h0 mcast inject -r 10 eth0 $flow
done
wait_for gives "eth0 > eth1" mroute $s6 ff0e::1
strace -qq -e trace=ioctl,sendto -o "$T/strace" -p "$daemon_pid" &
tracer=$!
wait_until 5 is_traced || skip "strace may not trace"
# Not a guess: the time in which reads are counted.
sleep 8
kill "$tracer"
wait "$tracer" || true
echo "$(reads) reads of counters, $(ages) of ages"
[ "$(reads)" -ge 2 ] || fail "no entry was looked at"
[ "$(reads)" -le 24 ] || fail "$(reads) reads for two entries in 8 s"
equal "still there" "eth0 > eth1" "$(mroute $s4 239.1.1.1)"
equal "still there" "eth0 > eth1" "$(mroute $s6 ff0e::1)"
stop flow-239.1.1.1 flow-ff0e::1
daemon_stop

# The age is that of the last packet, of the entry in this table.
ip mrule add iif eth0 lookup 123 2>/dev/null || exit 0
ip -6 mrule add iif eth0 lookup 123
daemon_start -c 4 -t 123
for flow in "$s4 239.1.1.1" "$s6 ff0e::1"; do
	# shellcheck disable=SC2086
	on h0 mcast inject -r 10 -n 20 eth0 $flow >/dev/null
	t0=$(now)
	wait_until 8 gone 123 "${flow% *}" "${flow#* }" || fail "$flow stays"
	late=$(($(now) - t0 - 4000000))
	if [ "$late" -lt -150000 ] || [ "$late" -gt 1300000 ]; then
		fail "$flow went $late us after its time"
	fi
done
