# libjourney. `make` needs only cc and make. `./configure` is optional: it writes config.mk, which is read below.
# CC, CFLAGS, CPPFLAGS, LDFLAGS, prefix and DESTDIR belong to whoever builds.
# Rules for tests and gates are in tests/rules.mk.

# ---- defaults -------------------------------------------------------------------------------------------------------

AR ?= ar
PKG_CONFIG ?= pkg-config
INSTALL ?= install
BUILD ?= build
CFLAGS ?= -O2 -g
prefix ?= /usr/local
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
libdir ?= $(exec_prefix)/lib
includedir ?= $(prefix)/include
mandir ?= $(prefix)/share/man

-include config.mk

# ---- what is built --------------------------------------------------------------------------------------------------

version_part = $(shell sed -n 's/^.define JOURNEY_VERSION_$(1) *\([0-9]*\).*/\1/p' include/journey/base.h)
MAJOR := $(call version_part,MAJOR)
VERSION := $(MAJOR).$(call version_part,MINOR).$(call version_part,PATCH)

LIB_SRC := $(sort $(wildcard lib/*/*.c lib/metric/calc/*.c lib/metric/calc/*/*.c))
CLI_SRC := $(sort $(wildcard bindings/cli/*.c))
PUBLIC := $(sort $(wildcard include/*.h include/journey/*.h))
MANUAL := $(wildcard docs/journey.1)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/%.o)

SONAME := libjourney.so.$(MAJOR)
STATIC := $(BUILD)/libjourney.a
SHARED := $(BUILD)/libjourney.so.$(VERSION)
COMMAND := $(if $(CLI_SRC),$(BUILD)/journey)

# ---- optional libraries: taken when pkg-config finds them, unless config.mk or the command line says yes or no ------

ifndef WITH_ZLIB
WITH_ZLIB := $(shell $(PKG_CONFIG) --exists zlib 2>/dev/null && echo yes || echo no)
endif
ifndef WITH_SQLITE
WITH_SQLITE := $(shell $(PKG_CONFIG) --exists sqlite3 2>/dev/null && echo yes || echo no)
endif
OPTIONAL := $(if $(filter yes,$(WITH_ZLIB)),zlib) $(if $(filter yes,$(WITH_SQLITE)),sqlite3)
ifneq ($(strip $(OPTIONAL)),)
OPTIONAL_CFLAGS := $(shell $(PKG_CONFIG) --cflags $(OPTIONAL))
OPTIONAL_LIBS := $(shell $(PKG_CONFIG) --libs $(OPTIONAL))
endif
HAVE = $(if $(filter zlib,$(OPTIONAL)),-DJN_HAVE_ZLIB=1) $(if $(filter sqlite3,$(OPTIONAL)),-DJN_HAVE_SQLITE=1)
SYSTEM_LIBS = -lm -ldl -pthread
ALL_LIBS = $(OPTIONAL_LIBS) $(LIBS) $(SYSTEM_LIBS)

# ---- flags ----------------------------------------------------------------------------------------------------------

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings \
       -Wundef -Wconversion -Wno-sign-conversion $(if $(WERROR),-Werror)
ROOMS = -Ilib
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iinclude $(ROOMS) $(HAVE) $(OPTIONAL_CFLAGS) -fPIC -fvisibility=hidden -pthread \
             -ffile-prefix-map=$(CURDIR)=. $(WARN) $(CFLAGS) $(CPPFLAGS)

all: lib $(COMMAND)
lib: $(STATIC) $(SHARED) $(BUILD)/journey.pc

# ---- compile and link -----------------------------------------------------------------------------------------------

# Calculators and the command are written as an outsider would write them: they do not see the rooms.
$(BUILD)/lib/metric/calc/%.o $(BUILD)/bindings/cli/%.o: private ROOMS =

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(STATIC): $(LIB_OBJ) $(BUILD)/sources
	@mkdir -p $(@D)
	rm -f $@ && $(AR) qcs $@ $(LIB_OBJ)

$(SHARED): $(LIB_OBJ) $(BUILD)/sources lib/libjourney.map
	$(CC) $(CFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=lib/libjourney.map -Wl,-z,defs \
	  -Wl,--as-needed $(LDFLAGS) -o $@ $(LIB_OBJ) $(ALL_LIBS)
	ln -sf $(@F) $(@D)/$(SONAME)
	ln -sf $(SONAME) $(@D)/libjourney.so

$(BUILD)/journey: $(CLI_OBJ) $(STATIC)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJ) $(STATIC) $(ALL_LIBS)

# Files that change only when the text in them does: then what was made with the old one is made again.
$(BUILD)/flags: TEXT = $(CC) $(ALL_CFLAGS)
$(BUILD)/sources: TEXT = $(LIB_SRC) $(ALL_LIBS)
$(BUILD)/flags $(BUILD)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(TEXT)' | cmp -s - $@ || echo '$(TEXT)' >$@

# journey.pc for the folders of this make run. Written anew by `install`, which may have another prefix.
under_prefix = $(patsubst $(prefix)/%,$${prefix}/%,$(patsubst $(prefix),$${prefix},$(1)))
PC = sed -e 's|@prefix@|$(prefix)|' -e 's|@exec_prefix@|$(call under_prefix,$(exec_prefix))|' \
  -e 's|@libdir@|$(call under_prefix,$(libdir))|' -e 's|@includedir@|$(call under_prefix,$(includedir))|' \
  -e 's|@version@|$(VERSION)|' -e 's|@requires@|$(strip $(OPTIONAL))|' \
  -e 's|@libs@|$(strip $(LIBS) $(SYSTEM_LIBS))|' journey.pc.in
$(BUILD)/journey.pc: journey.pc.in $(wildcard config.mk) include/journey/base.h $(BUILD)/sources
	$(PC) >$@

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d)

# ---- install --------------------------------------------------------------------------------------------------------

DIRECTORIES = $(bindir) $(libdir)/pkgconfig $(includedir)/journey $(if $(MANUAL),$(mandir)/man1)
INSTALLED = $(if $(COMMAND),$(bindir)/journey) $(libdir)/libjourney.a $(libdir)/libjourney.so $(libdir)/$(SONAME) \
            $(libdir)/$(notdir $(SHARED)) $(libdir)/pkgconfig/journey.pc $(PUBLIC:include/%=$(includedir)/%) \
            $(MANUAL:docs/%=$(mandir)/man1/%)

install: all
	$(INSTALL) -d $(DIRECTORIES:%=$(DESTDIR)%)
	$(INSTALL) -m 644 $(STATIC) $(SHARED) $(DESTDIR)$(libdir)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(libdir)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(libdir)/libjourney.so
	$(PC) >$(DESTDIR)$(libdir)/pkgconfig/journey.pc
	$(INSTALL) -m 644 $(filter-out include/journey/%,$(PUBLIC)) $(DESTDIR)$(includedir)
	$(INSTALL) -m 644 $(filter include/journey/%,$(PUBLIC)) $(DESTDIR)$(includedir)/journey
	$(if $(COMMAND),$(INSTALL) -m 755 $(COMMAND) $(DESTDIR)$(bindir))
	$(if $(MANUAL),$(INSTALL) -m 644 $(MANUAL) $(DESTDIR)$(mandir)/man1)

uninstall:
	rm -f $(INSTALLED:%=$(DESTDIR)%)
	-rmdir $(DESTDIR)$(includedir)/journey

# ---- demo, releases, cleaning ---------------------------------------------------------------------------------------

SHOP = docs/examples/shop
demo: all
	$(BUILD)/journey report $(SHOP)/events.csv $(addprefix --map ,$(firstword $(wildcard $(SHOP)/*.json))) \
	  -o $(BUILD)/report.html
	@echo "The report is $(BUILD)/report.html: open it in a browser."

# One C file and its headers, to be dropped into another program.
AMALGAMATION = $(BUILD)/amalgamation/journey.c
amalgamation: $(AMALGAMATION)
$(AMALGAMATION): $(LIB_SRC) $(wildcard lib/*/*.h lib/metric/calc/*/*.h) $(PUBLIC) lib/tools/amalgamate lib/tools/headers.py lib/README.md \
                 $(BUILD)/sources
	lib/tools/amalgamate $(@D)

# The same commit gives the same bytes.
DIST = libjourney-$(VERSION)
dist:
	@mkdir -p $(BUILD)
	git archive --format=tar --prefix=$(DIST)/ HEAD | gzip -9n >$(BUILD)/$(DIST).tar.gz
	@echo $(BUILD)/$(DIST).tar.gz

manpage: $(MANUAL:docs/%=$(BUILD)/%.txt)
$(BUILD)/%.1.txt: docs/%.1
	@mkdir -p $(@D)
	groff -man -Tutf8 -ww $< >$@

# `clean` leaves the Python packages of the tests, which are large; `distclean` takes everything.
clean:
	test ! -d $(BUILD) || find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv -exec rm -rf {} +
distclean:
	rm -rf $(BUILD) config.mk config.log config.status configure autom4te.cache

.PHONY: all lib install uninstall demo amalgamation dist manpage clean distclean FORCE
.DELETE_ON_ERROR:
.SECONDARY:

include tests/rules.mk
