#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# With the relay, whatever changes under full load, no frame comes back twice.
#
# tags: load timing
# timeout: 300
guard=relay . "${0%/*}/hairpin-race.sh"
