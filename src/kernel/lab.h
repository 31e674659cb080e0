/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small network to see what this kernel does with real packets: a router,
 * which is the calling process from then on, and a host at the far end of its
 * one link, a veth pair.
 *
 * Each is a network namespace without a name.  They end with the process,
 * whatever it dies of, and nothing outside of them is touched.
 */
#ifndef KERNEL_LAB_H
#define KERNEL_LAB_H

#include <stdint.h>
#include <sys/socket.h>

#include "lib/addr.h"

struct diag;
struct lab;

/* Name of the router's interface. */
#define LAB_IFNAME "lab0"

/* UDP port that the packets of lab_send() go to. */
#define LAB_PORT 9000

/* What lab_send() sends: the source is the host's address. */
struct lab_flow {
	struct in6_addr source;
	struct in6_addr group;
};

/*
 * Moves the calling process, of one thread, into a lab that it cannot leave,
 * and binds it to the processor it runs on.  With the reason in `diag`:
 *	-EPERM		CAP_SYS_ADMIN, CAP_NET_ADMIN or CAP_NET_RAW is missing
 *	-EOPNOTSUPP	the kernel lacks what diag says
 *	else -errno, -ETIMEDOUT the link does not come up
 */
int lab_open(struct lab **ret, struct diag *diag);

/* NULL is fine. */
void lab_close(struct lab *lab);

/* 0, or -errno with the reason in `diag`: there is no such traffic here. */
int lab_has(const struct lab *lab, enum family family, struct diag *diag);

const struct lab_flow *lab_flow(const struct lab *lab, enum family family);

/* Index of the interface LAB_IFNAME. */
unsigned int lab_ifindex(void);

/* Address and UDP port for the calls of its family; returns the length. */
socklen_t lab_sockaddr(const struct in6_addr *addr, uint16_t port,
		       struct sockaddr_storage *ret);

/*
 * The host sends one packet of the flow with that TTL or hop limit; no two have
 * the same number.  0 or -errno.
 */
int lab_send(struct lab *lab, enum family family, int ttl,
	     uint32_t *ret_number);

/*
 * The number of the next packet of the flow that came back to the host: 1, or
 * 0 when none is waiting, or -errno.  The descriptor is for poll(2).
 */
int lab_capture(struct lab *lab, enum family family, uint32_t *ret_number);
int lab_capture_fd(const struct lab *lab, enum family family);

#endif
