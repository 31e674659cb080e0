#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is relayed to the interface it came in on leaves once.
guard=relay . "${0%/*}/hairpin.sh"
