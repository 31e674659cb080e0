#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The script of -e runs as the user of -p, without capabilities.
#
# needs: root
. "${0%/*}/../lib.sh"
getent passwd nobody >/dev/null || skip "there is no user nobody"

chmod 755 "$T"
touch "$T/calls"
chmod 666 "$T/calls"
cat >"$T/script" <<SCRIPT
#!/bin/sh
echo "\$(id -un) \$(sed -n 's/^CapEff:.//p' /proc/self/status)" >>$T/calls
SCRIPT
chmod 755 "$T/script"

topology 1
daemon_start -p nobody -e "$T/script"
wait_for gives "nobody 0000000000000000" cat "$T/calls"
