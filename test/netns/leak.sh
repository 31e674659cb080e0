#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is in use at exit, after all that a daemon goes through.
# tags: load
# timeout: 120
. "${0%/*}/../lib.sh"
need valgrind
[ "${WRAPPER:-}" ] && skip "runs valgrind itself"
grep -q __asan_init "$BUILDDIR/src/smcrouted" &&
	skip "valgrind cannot run a build with sanitizers"
WAIT=60

options="-q --leak-check=full --show-leak-kinds=all"
options+=" --errors-for-leak-kinds=all --error-exitcode=99"

valgrind_of()
{
	WRAPPER="valgrind $options --log-file=$T/valgrind.log" daemon_start "$@"
}

topology 3
configure <<CONF
phyint eth0 enable ttl-threshold 2
mroute from eth0 source $s4 group $g4 to eth0 eth1
mroute from eth0 source $s6 group $g6 to eth0 eth1
mroute from eth0 group 239.2.0.0/16 to eth1 eth2
mroute from eth+ group 239.3.0.0/16 to eth+
mroute from wg0 group 239.4.4.4 to eth1
mgroup from eth0 group $g4
mgroup from eth+ source $s4 group 232.1.1.0/28
mgroup from wg0 group 239.4.4.4
include $T/*.inc
CONF
echo "mroute from eth1 group 239.5.5.5 to eth0" >"$T/one.inc"
valgrind_of -c 1
ctl add eth0 $s4 239.6.6.6 eth0 eth2
ctl add eth0 $s6 ff0e::6 eth2
ctl add eth0 239.6.0.0/16 eth1 wg1
ctl join eth1 239.6.6.0/26
ctl join eth1 fd00:1::/122 ff3e::1
for i in 1 2 3; do
	on h0 mcast inject eth0 $s4 239.$i.1.1 >/dev/null
	on h0 mcast inject eth0 $s4 239.9.9.$i >/dev/null
done
wait_for gives "eth0 >" mroute $s4 239.9.9.3
for what in routes groups interfaces pending hairpin; do
	ctl show $what >/dev/null
	ctl -d show $what >/dev/null
	ctl -j show $what | jq -e . >/dev/null
done
link_add wg0 h9
wait_for gives 1 users wg0 239.4.4.4
ip link del wg0
reload
ctl add eth0 239.6.0.0/16 eth1
ctl remove eth0 239.6.0.0/16
status 1 ctl remove eth0 239.6.0.0/16
status 1 ctl join none 239.1.1.1
# A bad file, one that cannot be read, and nearly all gone.
cat >>"$conf" <<CONF
mroute from eth0 group 1.2.3.4
rubbish
mgroup from eth0 source $s6 group $g4
phyint
include $conf
CONF
reload
mv "$conf" "$conf.away"
status 1 ctl reload
echo "mroute from eth0 group 239.2.0.0/16 to eth0" >"$conf"
reload
ctl flush
wait_for gives 0 mroute_count
daemon_stop
# The status was that of valgrind; here is what it saw.
! grep -E 'bytes in|Invalid|uninitialised' "$T/valgrind.log" || fail "valgrind"

# Of a check, too.
got=0
# shellcheck disable=SC2086
valgrind $options --log-file="$T/valgrind.log" smcrouted -F "$conf.away" \
	>"$T/output" 2>&1 || got=$?
equal "status of -F" 78 "$got"
