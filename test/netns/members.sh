#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who has joined the group of a hairpin route is known: the daemon, others, both, nobody.
#
# With the notifications of newer kernels, and by reading alone.
# timeout: 180
. "${0%/*}/../lib.sh"

ssm4=232.1.1.1 ssm6=ff3e::1

who()
{
	hairpin joined "$(source_of "$1")" "$1"
}

source_of()
{
	if [[ $1 == *:* ]]; then
		echo "$s6"
	else
		echo "$s4"
	fi
}

# is WHO GROUP: soon
is()
{
	wait_until "$WAIT" gives "$1" who "$2" ||
		fail "$2 is joined by '$(who "$2")', not '$1'"
}

# still WHAT WHO GROUP: after another reading has come to its end, too.
still()
{
	local before
	before=$(readings)
	wait_for more_readings "$((before + 2))"
	equal "$1" "$2" "$(who "$3")"
}

readings()
{
	grep -c 'read who has joined' "$log" || true
}

more_readings()
{
	[ "$(readings)" -ge "$1" ]
}

# Foreign and own memberships of the group, in each order.
orders()
{
	local group=$1
	is none "$group"

	# ours first
	ctl join eth0 "$group"
	is smcroute "$group"
	start other mcast join eth0 "$group"
	is both "$group"
	start third mcast join eth0 "$group"
	stop other
	still "one of two others has left" both "$group"
	stop third
	is smcroute "$group"
	start other mcast join eth0 "$group"
	is both "$group"
	ctl leave eth0 "$group"
	is other "$group"
	stop other
	is none "$group"

	# theirs first
	start other mcast join eth0 "$group"
	is other "$group"
	ctl join eth0 "$group"
	is both "$group"
	stop other
	is smcroute "$group"
	ctl leave eth0 "$group"
	is none "$group"

	# theirs came beside ours, which is gone before anybody looked
	ctl join eth0 "$group"
	start other mcast join eth0 "$group"
	ctl leave eth0 "$group"
	is other "$group"
	stop other
	is none "$group"

	# elsewhere is not here
	start other mcast join eth1 "$group"
	ctl join eth1 "$group"
	ctl join eth0 "$group"
	still "joined on the other interface" smcroute "$group"
	ctl leave eth0 "$group"
	ctl leave eth1 "$group"
	stop other
	is none "$group"
}

# More sources than one socket takes (igmp_max_msf, mld_max_msf) are all ours.
sources()
{
	local range=$1 group=$2
	ctl join eth0 "$range" "$group"
	still "ours, of many sources" smcroute "$group"
	start other mcast join -S "$(source_of "$group")" eth0 "$group"
	is both "$group"
	ctl leave eth0 "$range" "$group"
	is other "$group"
	stop other
	is none "$group"
}

# clients N: that many wait for the daemon, which is stopped
clients()
{
	[ "$(ss -xlH src "$sock" | awk '{ print $3 }')" = "$1" ]
}

# at_once COMMAND COMMAND: from two clients, in one turn of the daemon
at_once()
{
	local command n=0 waits=()
	kill -STOP "$daemon_pid"
	for command; do
		ctl "$command" eth0 239.9.16.1 2>"$T/at_once$n.err" &
		waits+=("$!")
		n=$((n + 1))
		wait_for clients $n
	done
	kill -CONT "$daemon_pid"
	# the one that leaves may be the first, and has nothing to leave
	wait "${waits[@]}" || true
}

hairpins()
{
	local group
	for group in $g4 $g6 $ssm4 $ssm6; do
		echo "mroute from eth0 source $(source_of "$group") group" \
			"$group to eth0"
	done
}

topology 2
hairpins | configure

modes=notified
! built_with ENABLE_TEST || modes+=" polled"
for mode in $modes; do
	[ "$mode" = notified ] || export SMCROUTE_TEST_NO_MCADDR=1
	daemon_start -M 1
	if [ "$mode" = polled ]; then
		wait_log 'following who else has joined, without notifications'
	elif logged 'without notifications'; then
		echo "this kernel does not notify"
	fi
	orders $g4
	orders $g6
	sources 198.18.1.0/27 $ssm4
	sources fd00:1::/122 $ssm6
	daemon_stop
done
unset SMCROUTE_TEST_NO_MCADDR

# What is there at the start is seen, and told once.
log_mark
start other4 mcast join eth0 $g4
start other6 mcast join eth0 $g6
daemon_start -M 1
is other $g4
is other $g6
equal "told" 1 "$(log_count "eth0: another program has joined $g4, which is")"
equal "told" 1 "$(log_count "eth0: another program has joined $g6, which is")"
stop other4
is none $g4
wait_log "eth0: no other program has joined $g4 any more"
log_mark
start other4 mcast join eth0 $g4
wait_log "eth0: another program has joined $g4, .* back out$"
ctl show hairpin | grep -Eq "^\($s4, $g4\) .* other " ||
	fail "no column: $(ctl show hairpin)"

# Unguarded it is a warning.
log_mark
{ echo hairpin off; hairpins; } | configure
reload
wait_log "$g4, which is routed back out with hairpin off"
wait_log "$g6, which is routed back out with hairpin off"

# Ours are over before all of their notifications are read: not theirs.
ctl add eth0 $s4 239.9.15.255 eth0
ctl add eth0 $s4 239.9.16.1 eth0
log_mark
printf '%s\n' "join eth0 239.9.12.0/22" "leave eth0 239.9.12.0/22" | ctl -b
for _ in 1 2 3 4 5; do
	at_once join leave
	at_once leave join
	ctl leave eth0 239.9.16.1 2>"$T/leave.err" || true
done
start other mcast join eth0 239.9.15.255
is other 239.9.15.255
equal "told of others" 1 "$(log_count 'another program has joined')"
stop other

# An interface that goes takes its members with it.
ip link del eth0
wait_for gives '["none"]' json '[.hairpin.routes[].joined] | unique' hairpin
link_add eth0 h0
address_add eth0 h0 1
is none $g4
stop other4 other6
daemon_stop

# Notifications alone, where the kernel has them; nothing is read.
hairpins | configure
log_mark
daemon_start -M 0
wait_log 'following who else'
if logged 'by notifications'; then
	start other mcast join eth0 $g4
	is other $g4
	stop other
	is none $g4
	start other mcast join eth0 $g6
	is other $g6
	stop other
	is none $g6
fi
equal "-M 0" 0 "$(log_count 'read who has joined')"
daemon_stop

# Notifications that are lost are made up for by reading.
"$BUILDDIR/src/smcrouted" -n -t 7 -i other -f /dev/null -u "$T/other.sock" \
	-P "$T/other.pid" >"$T/other.out" 2>&1 &
other=$!
wait_for test -s "$T/other.pid"
other_ctl()
{
	smcroutectl -u "$T/other.sock" "$@"
}

many_users()
{
	[ "$(ip maddr show dev eth0 | grep -c 'inet  *239\.7')" -ge "$1" ]
}
other_ctl join eth0 $g4
daemon_start -M 86400
is other $g4
if logged 'by notifications'; then
	log_mark
	kill -STOP "$daemon_pid"
	other_ctl join eth0 239.7.0.0/18
	wait_for many_users 16384
	other_ctl leave eth0 $g4
	other_ctl join eth0 $g6
	wait_for gives 1 users eth0 $g6
	kill -CONT "$daemon_pid"
	is other $g6
	is none $g4
	wait_log 'events lost, reading anew who has joined'
fi
daemon_stop
kill -TERM $other
wait $other || fail "the other daemon ended with $?"

status 64 smcrouted -n -M x
status 64 smcrouted -n -M -1
status 64 smcrouted -n -M 5s

# Without a hairpin route nobody is looked for, not even by one that was there.
need strace
opened()
{
	grep -c 'net/igmp' "$T/strace" || true
}

has_opened()
{
	[ "$(opened)" -gt "$1" ]
}

configure <<CONF
mroute from eth0 source $s4 group $g4 to eth1
mgroup from eth0 group $g4
CONF
daemon_start -M 1
strace -qq -o "$T/strace" -e trace=openat -p "$daemon_pid" &
tracer=$!
ctl add eth0 $s4 $g4 eth0
wait_for has_opened 0
ctl remove eth0 $s4 $g4
wait_log 'no longer following'
before=$(opened)
start other mcast join eth0 $g4
# two intervals
sleep 2.2
equal "read without a hairpin route" "$before" "$(opened)"
ctl add eth0 $s4 $g4 eth0
is both $g4
has_opened "$before" || fail "strace saw nothing"
# no leak check can run under strace
kill "$tracer"
wait "$tracer" || true
daemon_stop
