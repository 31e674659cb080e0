#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The host's own multicast is sent, looped back and forwarded while a second table guards.
guard=table . "${0%/*}/hairpin-own.sh"
