# SPDX-License-Identifier: GPL-2.0-or-later
EXTRA_DIST += \
	HACKING.md \
	README.md \
	bootstrap \
	test/demo.sh \
	test/interop-get \
	test/lib.sh \
	test/run-netns \
	test/netns/batch.sh \
	test/netns/ctl.sh \
	test/netns/flush.sh \
	test/netns/hairpin-address.sh \
	test/netns/hairpin-external.sh \
	test/netns/hairpin-flush.sh \
	test/netns/hairpin-kill.sh \
	test/netns/hairpin-own.sh \
	test/netns/hairpin-race.sh \
	test/netns/hairpin.sh \
	test/netns/idle.sh \
	test/netns/interfaces.sh \
	test/netns/join.sh \
	test/netns/interop.sh \
	test/netns/json.sh \
	test/netns/learned.sh \
	test/netns/mrdisc.sh \
	test/netns/overlap.sh \
	test/netns/overrun.sh \
	test/netns/pending.sh \
	test/netns/policy.sh \
	test/netns/reload.sh \
	test/netns/script-user.sh \
	test/netns/script.sh \
	test/netns/static.sh \
	test/netns/wrong-iif.sh
