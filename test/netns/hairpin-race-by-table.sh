#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Behind the second table, whatever changes under full load, no frame comes back twice.
#
# tags: load timing
# timeout: 300
guard=table . "${0%/*}/hairpin-race.sh"
