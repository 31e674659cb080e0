/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables to the column, and the same as JSON. */
#include <unistd.h>

#include "test/unit/unit.h"
#include "test/unit/ctl-router.h"
#include "ctl/conf.h"
#include "ctl/show.h"
#include "lib/buf.h"

static size_t n_findings;

static void report(void *arg, enum note_level level, const struct diag *diag)
{
	(void)arg;
	(void)diag;
	if (level < NOTE_NOTICE)
		n_findings++;
}

/* Puts a configuration into effect, through a file as the daemon does. */
static void configure(const char *text)
{
	char path[] = "/tmp/ctl-show-XXXXXX";
	int fd = mkstemp(path);
	struct conf conf;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ck_assert_int_eq(conf_load(path, &conf, report, NULL), 0);
	unlink(path);
	ck_assert_uint_eq(conf.errors, 0);
	router_reload(router, conf.directives, conf.n, report, NULL);
	conf_fini(&conf);
	while (router_work(router))
		;
}

/* A packet of a new flow. */
static void packet(const char *source, const char *group, const char *ifname)
{
	struct upcall upcall = { .kind = UPCALL_NOCACHE };
	struct iface *iface;

	ck_assert_int_eq(addr_parse(source, &upcall.source), 0);
	ck_assert_int_eq(addr_parse(group, &upcall.group), 0);
	upcall.family = addr_family(&upcall.group);
	HASH_FIND_STR(router->ifaces, ifname, iface);
	ck_assert_ptr_nonnull(iface);
	upcall.vif = (unsigned int)iface->vif[upcall.family];
	router_upcall(router, &upcall, 1.0);
	router_commit(router);
}

static const char *show(const char *word, enum show_form form)
{
	static char out[32768];
	struct buf buf = BUF_INIT;
	struct show *table = show_open(router, word, form);

	ck_assert_ptr_nonnull(table);
	while (show_step(table, &buf))
		;
	show_close(table);
	ck_assert_int_eq(buf_error(&buf), 0);
	ck_assert_uint_lt(buf.len, sizeof(out));
	memcpy(out, buf.data ? buf.data : "", buf.len);
	out[buf.len] = '\0';
	buf_fini(&buf);

	return out;
}

static void links(void)
{
	link_add(1, "lo", false);
	link_add(3, "a1", true);
	link_add(5, "a2", true);
	link_add(6, "b1", true);
}

static void setup(void)
{
	router_setup();
	links();
}

#define ROUTES_CONF \
	"mroute from a1 group 225.1.2.3/24 to a2\n" \
	"mroute from a1 source 10.0.0.0/24 group 225.1.3.3/24 to b1 a2\n" \
	"mroute from a1 group ff2e::42/121 to a2\n" \
	"mroute from a1 source 10.0.0.1 group 225.3.2.1 to a2\n" \
	"mroute from a1 source fc00::1 group ff04::114 to a2\n"

static void routes_state(void)
{
	configure(ROUTES_CONF);
	packet("10.0.0.1", "225.9.9.9", "a1");
	packet("10.0.0.1", "225.1.2.77", "a1");
}

START_TEST(nothing)
{
	ck_assert_str_eq(show("", SHOW_TABLE), "");
	ck_assert_str_eq(show("routes", SHOW_DETAIL), "");
	ck_assert_str_eq(show("groups", SHOW_TABLE), "");
	ck_assert_str_eq(show("groups", SHOW_DETAIL), "");
	ck_assert_str_eq(show("hairpin", SHOW_TABLE), "");
	ck_assert_str_eq(show("pending", SHOW_TABLE),
			 "No pending routes or groups\n");

	ck_assert_str_eq(show("x", SHOW_JSON),
			 "{\"routes\":{\"asm\":[],\"ssm\":[],\"kernel\":[]}}\n");
	ck_assert_str_eq(show("g", SHOW_JSON),
			 "{\"groups\":{\"conf\":[],\"kernel\":[]}}\n");
	ck_assert_str_eq(show("p", SHOW_JSON), "{\"pending\":[]}\n");
	ck_assert_str_eq(show("h", SHOW_JSON),
			 "{\"hairpin\":{\"policy\":\"auto\",\"interfaces\":[],"
			 "\"routes\":[],\"lost\":[]}}\n");
}
END_TEST

START_TEST(routes)
{
	routes_state();
	ck_assert_str_eq(show("routes", SHOW_TABLE),
"(*,G) Template Rules_\n"
"ROUTE (S,G)                                IIF  OIFS=\n"
"(*, 225.1.2.3/24)                          a1   a2\n"
"(10.0.0.0/24, 225.1.3.3/24)                a1   a2 b1\n"
"(*, ff2e::42/121)                          a1   a2\n"
"(S,G) Rules_\n"
"ROUTE (S,G)                                IIF  OIFS=\n"
"(10.0.0.1, 225.3.2.1)                      a1   a2\n"
"(fc00::1, ff04::114)                       a1   a2\n"
"Kernel MFC Table_\n"
"ROUTE (S,G)                                IIF  OIFS=\n"
"(10.0.0.1, 225.3.2.1)                      a1   a2\n"
"(fc00::1, ff04::114)                       a1   a2\n"
"(10.0.0.1, 225.1.2.77)                     a1   a2\n"
"(10.0.0.1, 225.9.9.9)                      a1  \n");
}
END_TEST

START_TEST(routes_detail)
{
	configure("mroute from a1 source 10.0.0.1 group 225.3.2.1 to a2\n"
		  "mroute from a1 group 225.1.2.3\n");
	ck_assert_str_eq(show("routes", SHOW_DETAIL),
"(*,G) Template Rules_\n"
"ROUTE (S,G)                                IIF    PACKETS      BYTES  OIFS=\n"
"(*, 225.1.2.3)                             a1           0          0 \n"
"(S,G) Rules_\n"
"ROUTE (S,G)                                IIF    PACKETS      BYTES  OIFS=\n"
"(10.0.0.1, 225.3.2.1)                      a1           2 12345678901  a2\n"
"Kernel MFC Table_\n"
"ROUTE (S,G)                                IIF    PACKETS      BYTES  OIFS=\n"
"(10.0.0.1, 225.3.2.1)                      a1           2 12345678901  a2\n");
}
END_TEST

START_TEST(routes_json)
{
	routes_state();
	ck_assert_str_eq(show("routes", SHOW_JSON),
"{\"routes\":{\"asm\":["
"{\"source\":null,\"group\":\"225.1.2.3/24\",\"iif\":\"a1\",\"oifs\":[\"a2\"]},"
"{\"source\":\"10.0.0.0/24\",\"group\":\"225.1.3.3/24\",\"iif\":\"a1\","
"\"oifs\":[\"a2\",\"b1\"]},"
"{\"source\":null,\"group\":\"ff2e::42/121\",\"iif\":\"a1\",\"oifs\":[\"a2\"]}"
"],\"ssm\":["
"{\"source\":\"10.0.0.1\",\"group\":\"225.3.2.1\",\"iif\":\"a1\","
"\"oifs\":[\"a2\"]},"
"{\"source\":\"fc00::1\",\"group\":\"ff04::114\",\"iif\":\"a1\","
"\"oifs\":[\"a2\"]}"
"],\"kernel\":["
"{\"source\":\"10.0.0.1\",\"group\":\"225.3.2.1\",\"iif\":\"a1\","
"\"oifs\":[\"a2\"]},"
"{\"source\":\"fc00::1\",\"group\":\"ff04::114\",\"iif\":\"a1\","
"\"oifs\":[\"a2\"]},"
"{\"source\":\"10.0.0.1\",\"group\":\"225.9.9.9\",\"iif\":\"a1\",\"oifs\":[]},"
"{\"source\":\"10.0.0.1\",\"group\":\"225.1.2.77\",\"iif\":\"a1\","
"\"oifs\":[\"a2\"]}"
"]}}\n");
}
END_TEST

/* Wide names widen the column; a row must not end like a heading. */
START_TEST(odd_names)
{
	link_add(7, "wide_name=", true);
	link_add(8, "q\"\\_", true);
	configure("mroute from a1 group 225.1.2.3 to wide_name=\n"
		  "mgroup from q\"\\_ group 225.1.2.3\n");
	ck_assert_str_eq(show("routes", SHOW_TABLE),
"(*,G) Template Rules_\n"
"ROUTE (S,G)                                IIF         OIFS=\n"
"(*, 225.1.2.3)                             a1          wide_name= \n");
	ck_assert_str_eq(show("groups", SHOW_TABLE),
"Group Memberships Table_\n"
"GROUP (S,G)                                IIF             =\n"
"(*, 225.1.2.3)                             q\"\\_ \n");
	ck_assert_str_eq(show("groups", SHOW_JSON),
"{\"groups\":{\"conf\":[{\"source\":null,\"group\":\"225.1.2.3\","
"\"iif\":\"q\\\"\\\\_\"}],\"kernel\":[{\"source\":null,"
"\"group\":\"225.1.2.3\",\"iif\":\"q\\\"\\\\_\"}]}}\n");
}
END_TEST

START_TEST(groups)
{
	configure("mgroup from a1 source 10.0.0.1 group 225.3.2.1\n"
		  "mgroup from a+ group 225.1.2.3\n"
		  "mgroup from b1 group 225.4.0.0/31\n"
		  "mgroup from absent group 225.9.9.9\n"
		  "mgroup from none+ group 225.9.9.9\n");
	ck_assert_str_eq(show("groups", SHOW_TABLE),
"Group Memberships Table_\n"
"GROUP (S,G)                                IIF             =\n"
"(10.0.0.1, 225.3.2.1)                      a1\n"
"(*, 225.1.2.3)                             a+\n"
"(*, 225.4.0.0/31)                          b1\n");
	ck_assert_str_eq(show("groups", SHOW_DETAIL),
"Group Memberships Table_\n"
"GROUP (S,G)                                IIF             =\n"
"(10.0.0.1, 225.3.2.1)                      a1\n"
"(*, 225.1.2.3)                             a+\n"
"(*, 225.4.0.0/31)                          b1\n"
"Kernel Group Membership Table_\n"
"GROUP (S,G)                                IIF             =\n"
"(10.0.0.1, 225.3.2.1)                      a1\n"
"(*, 225.1.2.3)                             a1\n"
"(*, 225.1.2.3)                             a2\n"
"(*, 225.4.0.0)                             b1\n"
"(*, 225.4.0.1)                             b1\n");
}
END_TEST

START_TEST(interfaces)
{
	configure("phyint a1\nmroute from a1 group 225.1.2.3 to a2 absent\n");
	ck_assert_str_eq(show("interfaces", SHOW_TABLE),
" INDEX PHYINT  VIF  MIF=\n"
"     1 lo      N/A  N/A\n"
"     3 a1        0    0\n"
"     5 a2        1    1\n"
"     6 b1      N/A  N/A\n");
	/* by cause */
	ck_assert_str_eq(show("interfaces", SHOW_DETAIL),
" INDEX PHYINT  VIF  MIF  REASON=\n"
"     1 lo      N/A  N/A  no MULTICAST flag\n"
"     3 a1        0    0\n"
"     5 a2        1    1\n"
"     6 b1      N/A  N/A\n");
	ck_assert_str_eq(show("interfaces", SHOW_JSON),
"{\"interfaces\":["
"{\"index\":1,\"name\":\"lo\",\"vif\":null,\"mif\":null,"
"\"reason\":\"no MULTICAST flag\"},"
"{\"index\":3,\"name\":\"a1\",\"vif\":0,\"mif\":0},"
"{\"index\":5,\"name\":\"a2\",\"vif\":1,\"mif\":1},"
"{\"index\":6,\"name\":\"b1\",\"vif\":null,\"mif\":null}]}\n");
}
END_TEST

START_TEST(pending)
{
	configure("mroute from wg0 group 239.5.5.5 to a2\n"
		  "mroute from a1 source 10.0.0.5 group 239.5.5.0/24 to wg1 a2\n"
		  "mroute from a1 group 239.6.6.6 to wg+\n"
		  "mroute from lo group 239.7.7.7\n"
		  "mroute from x+ group 239.8.8.8 to a1\n"
		  "mroute from a1 group 239.9.9.9 to a+\n"
		  "mgroup from wg0 source 1.2.3.4/30 group 239.5.5.5/24\n"
		  "mgroup from x+ group 239.5.5.5\n");
	ck_assert_str_eq(show("pending", SHOW_TABLE),
"PENDING ROUTES AND GROUPS\n"
"mroute  from wg0 group 239.5.5.5 to a2\n"
"mroute  from a1 source 10.0.0.5 group 239.5.5.0/24 to wg1 a2\n"
"mroute  from a1 group 239.6.6.6 to wg+\n"
"mroute  from lo group 239.7.7.7\n"
"mroute  from x+ group 239.8.8.8 to a1\n"
"mgroup  from wg0 source 1.2.3.4/30 group 239.5.5.5/24\n"
"mgroup  from x+ group 239.5.5.5\n");
	ck_assert_str_eq(show("pending", SHOW_DETAIL),
"PENDING ROUTES AND GROUPS\n"
"mroute  from wg0 group 239.5.5.5 to a2  (wg0: no such interface)\n"
"mroute  from a1 source 10.0.0.5 group 239.5.5.0/24 to wg1 a2"
"  (wg1: no such interface)\n"
"mroute  from a1 group 239.6.6.6 to wg+  (wg+: no interface matches)\n"
"mroute  from lo group 239.7.7.7  (lo: no MULTICAST flag)\n"
"mroute  from x+ group 239.8.8.8 to a1  (x+: no interface matches)\n"
"mgroup  from wg0 source 1.2.3.4/30 group 239.5.5.5/24"
"  (wg0: no such interface)\n"
"mgroup  from x+ group 239.5.5.5  (x+: no interface matches)\n");
	/* the part that is possible is in effect, the rest not shown there */
	ck_assert_str_eq(show("routes", SHOW_TABLE),
"(*,G) Template Rules_\n"
"ROUTE (S,G)                                IIF  OIFS=\n"
"(10.0.0.5, 239.5.5.0/24)                   a1   a2\n"
"(*, 239.6.6.6)                             a1  \n"
"(*, 239.9.9.9)                             a1   a2\n");

	link_add(10, "wg0", true);
	link_add(11, "wg1", true);
	link_add(12, "x1", true);
	ck_assert_str_eq(show("pending", SHOW_TABLE),
"PENDING ROUTES AND GROUPS\n"
"mroute  from lo group 239.7.7.7\n");
}
END_TEST

START_TEST(pending_json)
{
	configure("mroute from wg0 group 239.5.5.5 to a2\n"
		  "mgroup from wg0 source 1.2.3.4/30 group 239.5.5.5/24\n");
	ck_assert_str_eq(show("pending", SHOW_JSON),
"{\"pending\":[{\"kind\":\"mroute\",\"iif\":\"wg0\",\"source\":null,"
"\"group\":\"239.5.5.5\",\"oifs\":[\"a2\"],"
"\"reason\":\"wg0: no such interface\"},"
"{\"kind\":\"mgroup\",\"iif\":\"wg0\",\"source\":\"1.2.3.4/30\","
"\"group\":\"239.5.5.5/24\",\"oifs\":[],"
"\"reason\":\"wg0: no such interface\"}]}\n");
}
END_TEST

START_TEST(hairpin)
{
	struct in6_addr group;

	configure("phyint b1 hairpin off\n"
		  "mroute from a1 source 198.18.1.1 group 239.1.1.1 to a1\n"
		  "mroute from b1 source 198.18.1.1 group 239.1.1.2 to b1\n"
		  "mroute from a1 group 239.2.0.0/16 to a2 a1\n"
		  "mroute from a1 group 239.3.3.3 to a2\n");
	ck_assert_int_eq(addr_parse("239.1.1.2", &group), 0);
	router_member(router, 6, &group, true);
	ck_assert_str_eq(show("hairpin", SHOW_TABLE),
"Hairpin Routes_\n"
"ROUTE (S,G)                                IIF  GUARD      STATE      "
"JOINED    SUPPRESSED     RELAYED     DROPPED  REASON=\n"
"(198.18.1.1, 239.1.1.1)                    a1   netfilter  guarded    "
"none               7           0           0  \n"
"(198.18.1.1, 239.1.1.2)                    b1   -          unguarded  "
"other              0           0           0  \n"
"(*, 239.2.0.0/16)                          a1   netfilter  guarded    "
"-                  0           0           0  \n");
	ck_assert_str_eq(show("hairpin", SHOW_JSON),
"{\"hairpin\":{\"policy\":\"auto\","
"\"interfaces\":[{\"name\":\"b1\",\"policy\":\"off\"}],\"routes\":["
"{\"source\":\"198.18.1.1\",\"group\":\"239.1.1.1\",\"iif\":\"a1\","
"\"guard\":\"netfilter\",\"state\":\"guarded\",\"reason\":null,"
"\"exact\":true,\"joined\":\"none\",\"suppressed\":7,\"relayed\":0,\"dropped\":0},"
"{\"source\":\"198.18.1.1\",\"group\":\"239.1.1.2\",\"iif\":\"b1\","
"\"guard\":null,\"state\":\"unguarded\",\"reason\":null,"
"\"exact\":false,\"joined\":\"other\",\"suppressed\":0,\"relayed\":0,\"dropped\":0},"
"{\"source\":null,\"group\":\"239.2.0.0/16\",\"iif\":\"a1\","
"\"guard\":\"netfilter\",\"state\":\"guarded\",\"reason\":null,"
"\"exact\":true,\"joined\":null,\"suppressed\":0,\"relayed\":0,\"dropped\":0}"
"],\"lost\":[]}}\n");
}
END_TEST

START_TEST(hairpin_suspended)
{
	struct in6_addr own;

	guard_err = -EOPNOTSUPP;
	configure("hairpin netfilter\n"
		  "mroute from a1 source 198.18.1.1 group 239.1.1.1 to a1\n"
		  "mroute from a1 source 198.18.1.9 group 239.1.1.1 to a1\n"
		  "mgroup from a1 group 239.1.1.1\n");
	ck_assert_int_eq(addr_parse("198.18.1.9", &own), 0);
	router_addr_add(router, 3, &own);
	router_commit(router);
	ck_assert_str_eq(show("hairpin", SHOW_TABLE),
"Hairpin Routes_\n"
"ROUTE (S,G)                                IIF  GUARD      STATE      "
"JOINED    SUPPRESSED     RELAYED     DROPPED  REASON=\n"
"(198.18.1.1, 239.1.1.1)                    a1   -          suspended  "
"smcroute           0           0           0  no nf_tables_ \n"
"(198.18.1.9, 239.1.1.1)                    a1   -          own        "
"smcroute           0           0           0  \n");
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"{\"source\":\"198.18.1.1\",\"group\":\"239.1.1.1\",\"iif\":\"a1\","
"\"guard\":null,\"state\":\"suspended\",\"reason\":\"no nf_tables_\","
"\"exact\":false,\"joined\":\"smcroute\",\"suppressed\":0,\"relayed\":0,\"dropped\":0}"));
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"\"state\":\"own\",\"reason\":null,\"exact\":true,"));
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"{\"hairpin\":{\"policy\":\"netfilter\",\"interfaces\":[],"));
}
END_TEST

/* Two copies to members on this host; a remark is no trouble. */
START_TEST(hairpin_table)
{
	guard_remark = "looped copies go to table 7, no rule is needed";
	configure("hairpin table\n"
		  "mroute from a1 source 198.18.1.1 group 239.1.1.1 to a1\n"
		  "mroute from a1 source fd00::1 group ff0e::1 to a1\n");
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"\"guard\":\"table\",\"state\":\"guarded\",\"reason\":"
"\"looped copies go to table 7, no rule is needed\",\"exact\":false,"
"\"joined\":\"none\",\"suppressed\":7,"));
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"\"guard\":null,\"state\":\"suspended\",\"reason\":"
"\"no second table for IPv6\",\"exact\":false,"));
}
END_TEST

/* Counters are asked for in portions: each row has its own. */
START_TEST(hairpin_portions)
{
	enum { N = 2 * GUARD_COUNT_MAX + 3 };
	struct buf conf = BUF_INIT;
	const char *at;
	int rows = 0;

	for (int i = 0; i < N; i++)
		buf_printf(&conf, "mroute from a1 source 198.18.1.1 "
			   "group 239.1.1.%d to a1\n", i);
	configure(conf.data);
	buf_fini(&conf);
	at = show("hairpin", SHOW_JSON);
	while ((at = strstr(at, "\"suppressed\":7,"))) {
		at++;
		rows++;
	}
	ck_assert_int_eq(rows, N);
}
END_TEST

START_TEST(hairpin_relay)
{
	configure("hairpin relay\n"
		  "mroute from a1 source 198.18.1.1 group 239.1.1.1 to a1\n"
		  "mroute from a1 group 239.2.0.0/16 to a1\n"
		  "mroute from a1 group ff0e::/64 to a1\n");
	ck_assert_str_eq(show("hairpin", SHOW_TABLE),
"Hairpin Routes_\n"
"ROUTE (S,G)                                IIF  GUARD      STATE      "
"JOINED    SUPPRESSED     RELAYED     DROPPED  REASON=\n"
"(198.18.1.1, 239.1.1.1)                    a1   relay      guarded    "
"none               0           5           2  \n"
"(*, 239.2.0.0/16)                          a1   relay      guarded    "
"-                  0           0           0  \n"
"(*, ff0e::/64)                             a1   relay      guarded    "
"-                  0           0           0  \n"
"Packets That the Relay Lost_\n"
"IIF  FAMILY        LOST=\n"
"a1   ipv6             3\n");
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"\"guard\":\"relay\",\"state\":\"guarded\",\"reason\":null,"
"\"exact\":true,\"joined\":\"none\",\"suppressed\":0,\"relayed\":5,\"dropped\":2}"));
	ck_assert_ptr_nonnull(strstr(show("hairpin", SHOW_JSON),
"],\"lost\":[{\"name\":\"a1\",\"family\":\"ipv6\",\"packets\":3}]}}\n"));
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("show");

	tcase_add_checked_fixture(tc, setup, router_teardown);
	tcase_add_test(tc, nothing);
	tcase_add_test(tc, routes);
	tcase_add_test(tc, routes_detail);
	tcase_add_test(tc, routes_json);
	tcase_add_test(tc, odd_names);
	tcase_add_test(tc, groups);
	tcase_add_test(tc, interfaces);
	tcase_add_test(tc, pending);
	tcase_add_test(tc, pending_json);
	tcase_add_test(tc, hairpin);
	tcase_add_test(tc, hairpin_suspended);
	tcase_add_test(tc, hairpin_table);
	tcase_add_test(tc, hairpin_portions);
	tcase_add_test(tc, hairpin_relay);

	return unit_main("ctl-show", tc, NULL);
}
