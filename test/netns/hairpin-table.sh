#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The second table's rule is where it has to be, whatever others do to the rules.
guard=table . "${0%/*}/../lib.sh"

default=32767
copies="total 9"

# rules: ours, "PREF IF TABLE" each
rules()
{
	ip mrule show | sed -n 's/^\([0-9]*\):.*iif lo oif \([^ ]*\) lookup \([0-9]*\) proto 17$/\1 \2 \3/p'
}

# ours PREF IF TABLE: that is the one there is
ours()
{
	wait_for gives "$*" rules
}

state()
{
	hairpin state | tr '\n' ' '
	hairpin guard
}

# once [LOCAL]: the flow comes back once, and LOCAL copies arrive
once()
{
	start member mcast recv -j eth0 $g4
	start wire @h0 mcast capture -i eth0 $g4
	for ttl in 1 2 5 64 255; do
		on h0 mcast inject -T $ttl eth0 $s4 $g4 >/dev/null
		marker h0 eth0 $s4 $g4 wire
	done
	stop member wire
	equal "frames that came back" "1 4 63 254" "$(ttls wire)"
	equal "copies at the member" "${1:-$copies}" "$(last member)"
}

# What the guard is there for: past its rule the frames are many.
burst()
{
	start member mcast join eth0 $g4
	start wire @h0 mcast capture -i eth0 $g4
	on h0 mcast inject -T 5 eth0 $s4 $g4 >/dev/null
	wait_for at_least wire '^in .* 2 Hello' 4
	stop member wire
	equal "frames without a guard" "4 3 2 1" "$(ttls wire)"
}

# The hairpin OIF is out of the kernel: nothing comes back.
suspended()
{
	wait_for gives "suspended null" state
	equal "entry" "eth0 > eth1" "$(mroute $s4 $g4)"
	case $(hairpin reason) in
	*"$1"*) ;;
	*) fail "the reason is $(hairpin reason), not $1" ;;
	esac
}

guarded()
{
	wait_for gives "guarded table" state
}

in_place()
{
	guarded
	ours 32766 eth0 100000000
	once
}

user_rules()
{
	# Behind ours: of no matter.
	ip mrule add pref $default lookup 500
	ip mrule add pref 40000 lookup default
	in_place
	ip mrule del pref 40000

	# In front: ours moves in front of it.
	ip mrule add pref 20 lookup default
	ours 19 eth0 100000000
	guarded
	once
	# For some packets only, with a mark that nobody sets.
	ip mrule add pref 10 fwmark 1 lookup default
	ours 9 eth0 100000000
	once
	ip mrule del pref 10
	ip mrule del pref 20

	# A goto would jump over it.
	ip mrule add pref 5 goto $default
	ours 4 eth0 100000000
	once
	ip mrule del pref 5

	# Who comes later with the same preference stands behind.
	log_mark
	ip mrule add pref 1 lookup default
	ours 0 eth0 100000000
	ip mrule add pref 0 lookup default
	guarded
	once
	equal "lost" 0 "$(log_count 'guard lost')"
	ip mrule del pref 0 lookup default
	ip mrule del pref 1
	once
	ip mrule del pref 0
	suspended "was deleted"
	reload
	in_place

	# Nothing gets in front of this one.
	ip mrule add pref 0 lookup default
	suspended "rule 0 (lookup 253)"
	wait_for gives "" rules
	ip mrule del pref 0
	in_place
}

deleted()
{
	log_mark
	ip mrule del pref 32766
	suspended "was deleted"
	wait_log 'table guard lost on eth0: .*was deleted'
	reload
	in_place
	ip mrule del pref 32766
	suspended "was deleted"
	# Until the rules change.
	ip mrule add pref 40000 lookup default
	in_place
	ip mrule del pref 40000
}

renamed()
{
	link_rename eth0 lan0
	wait_for gives "" rules
	link_rename lan0 eth0
	in_place
	# Both sockets that tell of it have it when the daemon looks again.
	log_mark
	kill -STOP "$daemon_pid"
	link_rename eth0 lan0
	kill -CONT "$daemon_pid"
	wait_for gives "" rules
	link_rename lan0 eth0
	in_place
	equal "rules taken for deleted" 0 "$(log_count deleted)"
	# The rule goes with its interface, and comes with the next.
	ip link del eth0
	wait_for gives "" rules
	link_again
	in_place
}

link_again()
{
	ip link add eth0 type veth peer name eth0 netns h0
	on h0 ip link set eth0 up
	on h0 ip addr add 198.18.1.1/24 dev eth0
	ip link set eth0 up
	ip addr add 198.18.1.254/24 dev eth0
}

# Copies in a table of others need no rule of ours.
elsewhere()
{
	ip mrule add pref 100 iif eth0 lookup 123
	daemon_start -t 123
	guarded
	case $(hairpin reason) in
	*"go to table 253"*) ;;
	*) fail "the remark is $(hairpin reason)" ;;
	esac
	equal "rules" "" "$(rules)"
	once
	# Now they lead to the daemon's own table.
	ip mrule add pref 200 lookup 123
	ours 199 eth0 100000123
	guarded
	equal "remark" null "$(hairpin reason)"
	once
	ip mrule del pref 200
	wait_for gives "" rules
	guarded
	once
	daemon_stop

	ip mrule add pref 200 lookup 123
	daemon_start -t 123
	ours 199 eth0 100000123
	once
	daemon_stop
	ip mrule del pref 100
	ip mrule del pref 200
}

topology 2
need_mrules
configure <<CONF
hairpin table
mroute from eth0 source $s4 group $g4 to eth0 eth1
CONF
before=$(ip mrule show)
daemon_start
equal "exact" false "$(hairpin exact)"
in_place
user_rules
deleted
renamed
daemon_stop
equal "rules at the end" "" "$(rules)"
ip mrule del pref $default lookup 500
equal "all rules at the end" "$before" "$(ip mrule show)"
elsewhere
equal "all rules at the end" "$before" "$(ip mrule show)"

# Past the rule there is the defect.
daemon_start -H off
burst
