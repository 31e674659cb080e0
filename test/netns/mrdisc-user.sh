#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A reload can switch mrdisc on after privileges have been dropped.
#
# needs: root
. "${0%/*}/../lib.sh"
getent passwd nobody >/dev/null || skip "there is no user nobody"
built_with ENABLE_MRDISC || skip "built without mrdisc"

capabilities()
{
	sed -n 's/^CapEff:.//p' "/proc/$daemon_pid/status"
}

adverts()
{
	lines "$1" ' mrdisc (30|97)14'
}

topology 1
configure <<CONF
hairpin netfilter
phyint eth0
CONF
daemon_start -p nobody
wait_for gives 0000000000003000 capabilities
start v4 @h0 mcast capture -i eth0 224.0.0.106
start v6 @h0 mcast capture -i eth0 ff02::6a
printf "%s\n" "hairpin netfilter" "phyint eth0 mrdisc" >"$conf"
kill -HUP "$daemon_pid"
wait_for gives 3 adverts v4
wait_for gives 3 adverts v6
equal "no trouble" 0 "$(log_count 'router discovery')"
