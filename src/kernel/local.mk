noinst_LIBRARIES += src/kernel/libroom-kernel.a
src_kernel_libroom_kernel_a_SOURCES = \
	src/kernel/join-sock.c src/kernel/join-sock.h \
	src/kernel/join-target.c src/kernel/join-target.h \
	src/kernel/join.c src/kernel/join.h \
	src/kernel/lab.c src/kernel/lab.h \
	src/kernel/lab-link.c src/kernel/lab-link.h \
	src/kernel/linux-internal.h \
	src/kernel/linux-ops.c \
	src/kernel/linux.c src/kernel/linux.h \
	src/kernel/log-kind.h \
	src/kernel/members-list.c src/kernel/members-list.h \
	src/kernel/members-parse.c src/kernel/members-parse.h \
	src/kernel/members.c src/kernel/members.h \
	src/kernel/mrdisc-msg.c src/kernel/mrdisc-msg.h \
	src/kernel/mrdisc-sock.c src/kernel/mrdisc-sock.h \
	src/kernel/mrdisc.c src/kernel/mrdisc.h \
	src/kernel/mroute.c src/kernel/mroute.h \
	src/kernel/mroute4.c \
	src/kernel/mroute6.c \
	src/kernel/mrule-judge.c \
	src/kernel/mrule.c src/kernel/mrule.h \
	src/kernel/netlink.c src/kernel/netlink.h \
	src/kernel/nft-keys.c \
	src/kernel/nft-late.c src/kernel/nft-late.h \
	src/kernel/nft-monitor.c src/kernel/nft-monitor.h \
	src/kernel/nft-msg.c src/kernel/nft-msg.h \
	src/kernel/nft-parse.c \
	src/kernel/nft-table.c src/kernel/nft-table.h \
	src/kernel/nft.c src/kernel/nft.h \
	src/kernel/probe.c src/kernel/probe.h \
	src/kernel/relay-bytes.h \
	src/kernel/relay-cut.c src/kernel/relay-cut.h \
	src/kernel/relay-icmp.c src/kernel/relay-icmp.h \
	src/kernel/relay-internal.h \
	src/kernel/relay-link.c src/kernel/relay-link.h \
	src/kernel/relay-loop.c \
	src/kernel/relay-packet.c src/kernel/relay-packet.h \
	src/kernel/relay-ring.c src/kernel/relay-ring.h \
	src/kernel/relay-send.c src/kernel/relay-send.h \
	src/kernel/relay-watch.c src/kernel/relay-watch.h \
	src/kernel/relay.c src/kernel/relay.h \
	src/kernel/rtnl-mfc.c src/kernel/rtnl-mfc.h \
	src/kernel/rtnl-msg.c src/kernel/rtnl-msg.h \
	src/kernel/rtnl.c src/kernel/rtnl.h \
	src/kernel/shadow-entry.c src/kernel/shadow-entry.h \
	src/kernel/shadow-filter.c \
	src/kernel/shadow-rule.c src/kernel/shadow-rule.h \
	src/kernel/shadow-sweep.c \
	src/kernel/shadow-table.c src/kernel/shadow-table.h \
	src/kernel/shadow.c src/kernel/shadow.h
