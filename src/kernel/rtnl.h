/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links and addresses, as rtnetlink tells of them, handed to the router. */
#ifndef KERNEL_RTNL_H
#define KERNEL_RTNL_H

struct ev_loop;
struct netlink;
struct router;
struct rtnl;

/* Wanted receive buffer for events; when it is too small all is read anew. */
#define RTNL_RCVBUF (8 * 1024 * 1024)

/* Seconds until reading all links and addresses is tried again. */
#define RTNL_RETRY 1.0

/* Opens the sockets.  `loop` is borrowed.  0 or -errno. */
int rtnl_open(struct ev_loop *loop, struct rtnl **ret);

/* NULL is fine; rtnl_detach() comes first. */
void rtnl_close(struct rtnl *rtnl);

/*
 * Tells `router` all links and addresses, and from then on what happens to
 * them.  That all of them cannot be read is logged, and tried again.
 */
void rtnl_attach(struct rtnl *rtnl, struct router *router);
void rtnl_detach(struct rtnl *rtnl);

/* A socket for requests about routes, see rtnl-mfc.h. */
struct netlink *rtnl_routes(struct rtnl *rtnl);

/* Tells `router` all links and addresses, with a socket of its own. */
int rtnl_scan(struct router *router);

#endif
