#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The script of -e is called at start, after reloads, and for learned routes once the kernel has them.
. "${0%/*}/../lib.sh"

calls=$T/calls

# What it is called with, and the kernel's entry at that moment.
cat >"$T/script" <<'SCRIPT'
#!/usr/bin/env bash
exec 9>>"$CALLS"
have=
if [ "${source-}" ]; then
	have=$(ip mroute show; ip -6 mroute show)
	[[ $have == *"($source,$group)"* ]] && have=yes || have=no
fi
echo "$# $1 ${source-none} ${group-none} ${NOTIFY_SOCKET-none} $have" >&9
[ "${group-}" != 239.1.1.3 ] || exit 7
SCRIPT
chmod +x "$T/script"
export CALLS=$calls

called()
{
	grep -c -e "$1" "$calls" 2>/dev/null || true
}

# calls_are N TEXT
calls_are()
{
	wait_for gives "$1" called "$2"
}

topology 3
configure <<CONF
mroute from eth0 group 239.1.1.0/24 to eth2
mroute from eth0 group ff0e::1 to eth2
mroute from eth0 source 198.18.1.9 group 239.9.9.9 to eth1
CONF
cd "$T"
# systemd's own messages get lost
NOTIFY_SOCKET=$T/notify daemon_start -e script
cd /
calls_are 1 '^1 reload none none none $'

reload
calls_are 2 '^1 reload none none none $'
ctl reload
calls_are 3 '^1 reload none none none $'

# A file with errors is in effect all the same; one that is not there is not.
echo "mroute nonsense" >>"$conf"
reload
calls_are 4 '^1 reload'
mv "$conf" "$conf.away"
reload
status 1 ctl reload
mv "$conf.away" "$conf"

# Neither static routes, nor client commands, nor stop filters, only this:
on h0 mcast inject -T 5 eth0 198.18.1.9 239.9.9.9 >/dev/null
on h0 mcast inject -T 5 eth0 198.18.1.1 239.7.7.7 >/dev/null
ctl add eth0 198.18.1.8 239.8.8.8 eth1
wait_for gives "eth0 >" mroute 198.18.1.1 239.7.7.7
on h0 mcast inject -T 5 eth0 198.18.1.1 239.1.1.1 >/dev/null
calls_are 1 '^1 install 198.18.1.1 239.1.1.1 none yes$'
on h0 mcast inject -T 5 eth0 fd00:1::1 ff0e::1 >/dev/null
calls_are 1 '^1 install fd00:1::1 ff0e::1 none yes$'
on h0 mcast inject -T 5 eth0 198.18.1.1 239.1.1.1 >/dev/null
equal "installs" 2 "$(called install)"
equal "reloads" 4 "$(called reload)"

# A route that moves.
ctl add eth1 239.1.1.0/24 eth2
on h1 mcast inject -T 5 eth1 198.18.1.1 239.1.1.1 >/dev/null
wait_for gives "eth1 > eth2" mroute 198.18.1.1 239.1.1.1
calls_are 2 '^1 install 198.18.1.1 239.1.1.1 none yes$'

# Its status is reported, and the daemon goes on.
on h0 mcast inject -T 5 eth0 198.18.1.1 239.1.1.3 >/dev/null
wait_log "$T/script install \(198.18.1.1, 239.1.1.3\): exit status 7"
equal "warnings" 1 "$(log_count 'exit status')"

# A storm: each flow has its call.
for ((i = 1; i <= 100; i++)); do
	echo "mcast inject eth0 198.18.1.$i 239.1.1.200 >/dev/null"
done >"$T/storm"
on h0 bash "$T/storm"
calls_are 100 '^1 install 198.18.1.* 239.1.1.200 none yes$'
daemon_stop

# A script that cannot be run is an error, and no more.
: >"$T/plain"
: >"$calls"
log_mark
daemon_start -e "$T/plain"
logged "$T/plain is not used as a script: Permission denied" ||
	fail "nothing is said of a script that cannot be run"
on h0 mcast inject -T 5 eth0 198.18.1.1 239.1.1.1 >/dev/null
wait_for gives "eth0 > eth2" mroute 198.18.1.1 239.1.1.1
equal "calls" 0 "$(called .)"
