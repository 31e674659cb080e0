#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With the relay, kill -9 under load leaves no route and lets no burst out.
#
# tags: load
guard=relay . "${0%/*}/hairpin-kill.sh"
