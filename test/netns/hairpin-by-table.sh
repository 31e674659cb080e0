#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Behind the second table, what leaves by the interface it came in on leaves once.
guard=table . "${0%/*}/hairpin.sh"
