#!/usr/bin/env bash
# timeout: 100
. "${0%/*}/../lib.sh"
set +e
topology 3
echo "### JSON escaping, odd names"
ip link add 'a"b\c' type veth peer name 'q{}[],' ; ip link set 'a"b\c' up; ip link add "ä☃" type veth peer name $'t' ; ip link set "ä☃" up
ip link add 'eth+' type veth peer name 'plus' ; ip link set 'eth+' up
daemon_start -c 0 -l debug
ctl add 'a"b\c' $s4 $g4 'q{}[],' "ä☃"; echo "=> $?"
ctl join 'a"b\c' 239.1.1.1
ctl join "ä☃" 239.1.1.1
ctl -j show | jq -c . ; ctl -j show groups | jq -c .; ctl -j show interfaces | jq -c . ; ctl show
ctl add 'eth+' 239.8.8.8 eth0; ctl -t show
echo "### wildcard remove/rename/wild interplay"
ctl remove + 239.8.8.8; ctl remove eth+ 239.8.8.8; echo "=> $?"
ctl add eth0 $s4 239.5.5.5 eth+; mroute $s4 239.5.5.5
ctl remove eth0 $s4 239.5.5.5 eth1; mroute $s4 239.5.5.5; ctl -t show
ctl remove eth0 $s4 239.5.5.5 eth+; mroute $s4 239.5.5.5; ctl -t show
ctl add eth0 $s4 239.5.5.5 eth0; mroute $s4 239.5.5.5; ctl remove eth0 $s4 239.5.5.5; mroute $s4 239.5.5.5
echo "### join wildcard overlapping explicit"
ctl join eth+ 239.6.6.6; ctl join eth0 239.6.6.6; ctl leave eth+ 239.6.6.6; grep -c 060606EF /proc/net/igmp; ctl leave eth0 239.6.6.6;  grep -c 060606EF /proc/net/igmp
ctl join eth0 239.6.6.0/30; ctl join eth0 239.6.6.1; ctl leave eth0 239.6.6.0/30; grep -c 0606EF /proc/net/igmp;  ctl leave eth0 239.6.6.1; grep -c 0606EF /proc/net/igmp
ctl join eth0 1.2.3.4 239.6.6.6; ctl join eth0 239.6.6.6; ctl leave eth0 239.6.6.6; ctl -t show groups; ctl leave eth0 1.2.3.4 239.6.6.6; echo "=> $?"
ctl join lo 239.1.1.1; echo "=> $?"; ctl add lo 239.1.1.1 eth0; echo "=> $?"; ctl add eth0 $s4 239.1.1.9 lo;  echo "=> $?"; mroute $s4 239.1.1.9; ctl show pending
echo "### same SG static two iifs"
ctl add eth0 $s4 239.7.7.7 eth1; ctl add eth2 $s4 239.7.7.7 eth1; mroute $s4 239.7.7.7; ctl remove eth2 $s4 239.7.7.7; mroute $s4 239.7.7.7; ctl remove eth0 $s4 239.7.7.7; mroute $s4 239.7.7.7
echo "### prefix spelled differently (R-15)"
ctl add eth0 225.3.3.3/24 eth1; ctl add eth0 225.3.3.0/24 eth2; ctl -t show; ctl remove eth0 225.3.3.77/24; ctl -t show
echo "### removal with unknown only"
ctl add eth0 $s4 239.7.7.7 eth1; ctl remove eth0 $s4 239.7.7.7 nope; echo "=> $?"; mroute $s4 239.7.7.7; ctl remove eth0 $s4 239.7.7.7 eth2; echo "=> $?"; mroute $s4 239.7.7.7
echo "### 33 oifs"
for i in $(seq 40); do ip link add d$i type veth peer name D$i; ip link set d$i up; done
sleep 0.5
ctl add eth0 $s4 239.9.9.9 $(seq -f d%g 40); echo "=> $?"; mroute $s4 239.9.9.9; ctl show pending | head -3; tail -3 $log
ctl remove eth0 $s4 239.9.9.9; 
tail -3 $log
echo "### huge counters"; 
