#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's own multicast is sent, looped back and forwarded while others' is relayed.
guard=relay . "${0%/*}/hairpin-own.sh"
