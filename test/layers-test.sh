#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# layers.sh refuses each kind of wrong include, and no right one.

layers=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)/test/layers.sh
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
failed=0

# try WANT FILE INCLUDE: a tree of that one file is accepted (0) or not (1).
try() {
	rm -rf "$dir/src" "$dir/test"
	mkdir -p "$dir/src/lib" "$dir/test/unit" "$dir/$(dirname "$2")"
	echo '#include <string.h>' >"$dir/src/lib/some.c"
	printf '/* text */\n%s\n' "$3" >"$dir/$2"
	"$layers" "$dir" 2>"$dir/said"
	got=$?
	if [ "$got" -ne "$1" ]; then
		echo "$2 with $3: exit $got, expected $1"
		failed=1
	fi
	if [ "$1" -eq 1 ] && ! grep -q "^$2: " "$dir/said"; then
		echo "$2 with $3: the message does not name the file"
		failed=1
	fi
}

try 0 src/lib/a.c '#include "lib/addr.h"'
try 1 src/lib/a.c '#include "core/router.h"'
try 1 src/lib/a.c '#include "run/log.h"'
try 1 src/lib/a.c '#include <linux/mroute.h>'
try 1 src/lib/a.c '#include <uthash.h>'
try 0 src/lib/hash.h '#include <uthash.h>'

try 0 src/core/a.c '#include "lib/hash.h"'
try 0 src/core/a.c '#include <errno.h>'
try 1 src/core/a.c '#include <utlist.h>'
try 1 src/core/a.c '#include "run/log.h"'
try 1 src/core/a.h '#include "kernel/linux.h"'
try 1 src/core/a.c '#include "ctl/words.h"'
try 1 src/core/a.c '#include <sys/socket.h>'
try 1 src/core/a.c '#include <time.h>'
try 1 src/core/a.c '#include <syslog.h>'
try 1 src/core/a.c '#include "lib/clock.h"'
try 0 src/ctl/a.c '#include "lib/clock.h"'
try 1 src/core/a.c '#include <linux/mroute.h>'
try 1 src/core/a.c '#include <libmnl/libmnl.h>'
try 1 src/core/a.c '  #  include	<ev.h>	/* sly */'

try 0 src/kernel/a.c '#include <linux/mroute.h>'
try 0 src/kernel/a.c '#include <libmnl/libmnl.h>'
try 0 src/kernel/a.c '#include "run/log.h"'
try 1 src/kernel/a.c '#include "run/privs.h"'
try 1 src/kernel/a.c '#include "ctl/words.h"'
try 1 src/kernel/a.c '#include <uthash.h>'

try 0 src/ctl/a.c '#include <ev.h>'
try 0 src/ctl/a.c '#include "run/log.h"'
try 1 src/ctl/a.c '#include "run/daemon.h"'
try 1 src/ctl/a.c '#include "kernel/linux.h"'
try 1 src/ctl/a.c '#include <libmnl/libmnl.h>'
try 1 src/ctl/a.c '#include <linux/mroute.h>'

try 0 src/run/a.c '#include <sys/capability.h>'
try 0 src/run/a.c '#include <systemd/sd-daemon.h>'
try 1 src/run/a.c '#include "core/router.h"'
try 1 src/run/a.c '#include "ctl/words.h"'
try 1 src/run/a.c '#include <libmnl/libmnl.h>'

try 0 src/smcrouted.c '#include "kernel/linux.h"'
try 1 src/smcrouted.c '#include <uthash.h>'
try 1 test/unit/a.c '#include <uthash.h>'
try 0 src/smcroutectl.c '#include "ctl/wire.h"'
try 1 src/smcroutectl.c '#include "kernel/linux.h"'
try 1 src/attic/a.c '#include <string.h>'

rm -rf "$dir/src" "$dir/test"
mkdir "$dir/src"
"$layers" "$dir" 2>/dev/null
if [ $? -ne 99 ]; then
	echo 'a tree without sources is accepted'
	failed=1
fi
exit "$failed"
