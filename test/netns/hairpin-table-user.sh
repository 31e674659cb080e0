#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The second table comes and goes after privileges were dropped as well.
# needs: root
guard=table . "${0%/*}/../lib.sh"
getent passwd nobody >/dev/null || skip "there is no user nobody"

ours()
{
	ip mrule show | grep -c 'iif lo oif eth0 lookup 100000000 proto 17' ||
		true
}

group=$(getent group nogroup nobody | sed -n '1s/:.*//p')
topology 1
echo "mroute from eth0 source $s4 group $g4 to eth0" >"$conf"
daemon_start -p "nobody:$group"
equal "before" "guarded netfilter" "$(hairpin state) $(hairpin guard)"
equal "rules before" 0 "$(ours)"

echo "hairpin table" >>"$conf"
reload
equal "after the reload" "guarded table" "$(hairpin state) $(hairpin guard)"
equal "rules" 1 "$(ours)"
start member mcast join eth0 $g4
start wire @h0 mcast capture -i eth0 $g4
on h0 mcast inject -T 64 eth0 $s4 $g4 >/dev/null
marker h0 eth0 $s4 $g4 wire
equal "frames" 63 "$(ttls wire)"
stop member wire
ctl remove eth0 $s4 $g4
wait_for gives 0 ours
ctl add eth0 $s4 $g4 eth0
equal "rules again" 1 "$(ours)"
daemon_stop
equal "rules at the end" 0 "$(ours)"
