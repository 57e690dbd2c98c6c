# SPDX-License-Identifier: GPL-2.0
#
# make help says what there is. On a router: make && sudo make install.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr
DESTDIR	?=

Q	:= $(if $(V),,@)
SILENT	:= $(if $(V),,-s --no-print-directory)

# In place, in kmod/. BTF of modules needs pahole, and nothing here reads it.
KBUILD	= $(MAKE) $(if $(V),V=1,-s --no-print-directory) -C $(abspath $(KDIR)) M=$(CURDIR) \
	  CONFIG_DEBUG_INFO_BTF_MODULES=

# As "uname -r" and modules_install have it: kernel.release is 6.1.192 where Debian 12 says 6.1.0-56.
KVER	= $(shell sed -n 's/^.define UTS_RELEASE "\(.*\)"$$/\1/p' \
	  $(KDIR)/include/generated/utsrelease.h 2>/dev/null)
MODDIR	= $(DESTDIR)/lib/modules/$(KVER)/extra
# A distribution's headers ask for signed modules and have no key to sign with.
NOSIGN	= $(if $(wildcard $(KDIR)/certs/signing_key.pem),,CONFIG_MODULE_SIG_ALL=)
SHARE	= $(DESTDIR)$(PREFIX)/share
HEADER	= $(DESTDIR)$(PREFIX)/include/linux/fullcone.h
VERSION	= $(shell sed -n 's/^PACKAGE_VERSION=//p' dkms.conf)
DKMSSRC	= $(DESTDIR)/usr/src/fullcone-$(VERSION)

all: modules tool

help:
	@echo 'Try it (installs what it needs from apt, touches nothing else):'
	@echo '  make demo         a full-cone router in an emulated machine, shown by STUN clients'
	@echo '  make test         every selftest, in emulated machines'
	@echo '  make lab          a shell behind a NAT of any kind, in an emulated machine'
	@echo '                    (LAB="t2 r1=symmetric r2=fullcone host h2": words of fullcone lab)'
	@echo 'Use it:'
	@echo '  make              modules and tool'
	@echo '  make modules      the modules, for the kernel of KDIR=$(KDIR)'
	@echo '  make tool         build/fullcone'
	@echo '  make install      modules, tool, manual page, header (DESTDIR=, PREFIX=$(PREFIX))'
	@echo '  make dkms         the same, and each new kernel gets its module by itself'
	@echo '  make uninstall    what either of them has installed'
	@echo 'Work on it:'
	@echo '  make bench        instructions a packet costs, beside stock masquerade'
	@echo '  make bench-scale  the same of a million mappings'
	@echo '  make bench-native in time, in User-Mode Linux (built once)'
	@echo '  make test-sanitized'
	@echo '                    the selftests in kernels with KASAN, lockdep and more (built once)'
	@echo '  make soak         timers at full length, races, ten minutes of changes: hours'
	@echo '  make matrix       the selftests on older and newer kernels: half an hour each'
	@echo '  make netfilter-selftests'
	@echo "                    the kernel's own, without the module and with it"
	@echo '  make check        sparse, W=1, checkpatch if there, shellcheck'
	@echo '  make clean        what was built; distclean: the unpacked kernels too'
	@echo 'V=1 shows the commands.'

modules: kdir
	$(Q)$(KBUILD) modules

kdir:
	@test -e $(KDIR)/Makefile || { \
		echo "make: no kernel headers at KDIR=$(KDIR)" \
		     "(Debian: apt install linux-headers-$$(uname -r))" >&2; exit 1; }

tool:
	$(Q)$(MAKE) $(SILENT) -C userspace

# Of module and DKMS, what was installed last is there, and not an older one beside it.
define forget_module
	$(Q)rm -f $(MODDIR)/kmod/nf_nat_fullcone.ko* $(MODDIR)/nf_nat_fullcone.ko*
	$(Q)if [ -d $(MODDIR)/kmod ]; then rmdir --ignore-fail-on-non-empty $(MODDIR)/kmod; fi
endef

define forget_dkms
	$(Q)if [ -z "$(DESTDIR)" ] && [ -d $(DKMSSRC) ]; then \
		dkms remove fullcone/$(VERSION) --all > /dev/null 2>&1; fi; rm -rf $(DKMSSRC)
endef

install: modules install-tool
	$(forget_dkms)
	$(Q)$(KBUILD) $(NOSIGN) INSTALL_MOD_PATH=$(abspath $(DESTDIR)) INSTALL_MOD_DIR=extra \
		DEPMOD=true modules_install
	$(if $(DESTDIR),,@echo '  DEPMOD  $(KVER)')
	$(Q)$(if $(DESTDIR),true,depmod $(KVER))

install-tool: tool
	$(Q)$(MAKE) $(SILENT) -C userspace install PREFIX=$(PREFIX) DESTDIR=$(abspath $(DESTDIR))
	$(Q)install -D -m 644 kmod/uapi/linux/fullcone.h $(HEADER)

# With a DESTDIR, which is for packages: the source alone.
dkms: $(if $(DESTDIR),,kdir) install-tool
	$(forget_dkms)
	$(forget_module)
	$(Q)mkdir -p $(DKMSSRC)
	$(Q)tar -c --exclude-from=.gitignore dkms.conf Kbuild Makefile LICENSE kmod | \
		tar -x -C $(DKMSSRC)
	$(Q)$(if $(DESTDIR),true,dkms install fullcone/$(VERSION))

uninstall: kdir
	$(forget_dkms)
	$(forget_module)
	$(Q)rm -f $(DESTDIR)$(PREFIX)/sbin/fullcone $(SHARE)/man/man8/fullcone.8 \
		$(SHARE)/bash-completion/completions/fullcone $(HEADER)
	$(Q)$(if $(DESTDIR),true,depmod $(KVER))

demo:
	$(Q)scripts/install-deps build vm demo
	$(Q)scripts/vm -- selftests/demo.sh

lab:
	$(Q)scripts/install-deps build vm demo
	$(Q)scripts/vm --shell -- fullcone lab $(LAB)

test-sanitized:
	$(Q)scripts/install-deps build kernel vm test
	$(Q)scripts/test-sanitized

test:
	$(Q)scripts/install-deps build vm test clients
	$(Q)scripts/test $(TESTFLAGS)

soak:
	$(Q)scripts/install-deps build vm test clients
	$(Q)scripts/soak

matrix:
	$(Q)scripts/install-deps build vm test clients
	$(Q)scripts/matrix

netfilter-selftests:
	$(Q)scripts/netfilter-selftests

check:
	$(Q)scripts/install-deps build check
	$(Q)scripts/check

bench:
	$(Q)scripts/bench

bench-scale:
	$(Q)scripts/bench scale

bench-native:
	$(Q)scripts/bench-native

# Not by the kernel's own clean: that would also search, and empty, build/kernel.
clean:
	$(Q)find kmod -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' -o -name '*.mod.c' \
		-o -name '.*.cmd' -o -name '*.d' -o -name modules.order \) -delete
	$(Q)rm -f modules.order Module.symvers .*.cmd
	$(Q)if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name kernel -exec rm -rf {} +; fi

distclean: clean
	$(Q)rm -rf build

.PHONY: all help modules kdir tool install install-tool dkms uninstall demo lab test test-sanitized bench check soak \
	bench-scale bench-native netfilter-selftests matrix clean distclean
