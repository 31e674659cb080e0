/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON: commas, nesting, quoting. */
#include <stdint.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "unit.h"

static struct buf out;
static struct json json;

static void setup(void)
{
	buf_init(&out);
	json_init(&json, &out);
}

static void teardown(void)
{
	buf_fini(&out);
}

START_TEST(nesting)
{
	json_object_begin(&json, NULL);
	json_array_begin(&json, "empty");
	json_array_end(&json);
	json_array_begin(&json, "list");
	json_object_begin(&json, NULL);
	json_uint(&json, "a", 1);
	json_object_end(&json);
	json_object_begin(&json, NULL);
	json_object_end(&json);
	json_string(&json, NULL, "x");
	json_array_end(&json);
	json_bool(&json, "yes", true);
	json_bool(&json, "no", false);
	json_null(&json, "none");
	json_object_end(&json);

	ck_assert_str_eq(out.data, "{\"empty\":[],\"list\":[{\"a\":1},{},\"x\"]"
			 ",\"yes\":true,\"no\":false,\"none\":null}");
}
END_TEST

START_TEST(quoting)
{
	json_string(&json, NULL, "\" \\ / \n \t \r \x01 \x1f \x7f \xc3\xa4");
	ck_assert_str_eq(out.data, "\"\\\" \\\\ / \\n \\t \\u000d \\u0001 "
			 "\\u001f \x7f \xc3\xa4\"");
}
END_TEST

START_TEST(quoting_keys)
{
	json_object_begin(&json, NULL);
	json_uint(&json, "a\"b", 0);
	json_object_end(&json);
	ck_assert_str_eq(out.data, "{\"a\\\"b\":0}");
}
END_TEST

START_TEST(null_string)
{
	json_object_begin(&json, NULL);
	json_string(&json, "a", NULL);
	json_string(&json, "b", "");
	json_object_end(&json);
	ck_assert_str_eq(out.data, "{\"a\":null,\"b\":\"\"}");
}
END_TEST

START_TEST(largest_number)
{
	json_uint(&json, NULL, UINT64_MAX);
	ck_assert_str_eq(out.data, "18446744073709551615");
}
END_TEST

int main(void)
{
	TCase *write = tcase_create("write");

	tcase_add_checked_fixture(write, setup, teardown);
	tcase_add_test(write, nesting);
	tcase_add_test(write, quoting);
	tcase_add_test(write, quoting_keys);
	tcase_add_test(write, null_string);
	tcase_add_test(write, largest_number);
	return unit_main("lib/json", write, NULL);
}
