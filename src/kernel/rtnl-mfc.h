/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rtnetlink knows of an MFC entry that SIOCGETSGCNT does not say. */
#ifndef KERNEL_RTNL_MFC_H
#define KERNEL_RTNL_MFC_H

#include "core/kernel.h"

struct netlink;

/*
 * kernel_ops.mfc_used of the entry in the multicast routing table `table` (0:
 * the default one).  -EOPNOTSUPP: this kernel does not tell (IPv6 before 6.0).
 */
int rtnl_mfc_used(struct netlink *requests, unsigned int table,
		  const struct in6_addr *source, const struct in6_addr *group,
		  struct mfc_used *ret);

#endif
