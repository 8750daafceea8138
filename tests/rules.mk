# Rules for everything that tests. Included by the Makefile.
#
# Each test is a target that prints what went wrong and fails, or prints "SKIP: why": a suite `make check-NAME`
# (tests/check_NAME.c), a consumer `make consumer-NAME` (tests/consumer/NAME.sh), a fuzz corpus `make replay-NAME`
# (tests/fuzz/NAME.c), a Python program `make python-NAME` (tests/test_NAME.py), a shell script `make cli-NAME`
# (tests/cli/NAME.sh), or a gate. `make check` runs them all and counts. New files need no new rule.

SUITES := $(filter-out main,$(patsubst tests/check_%.c,%,$(sort $(wildcard tests/check_*.c))))
CONSUMERS := $(patsubst tests/consumer/%.sh,%,$(sort $(wildcard tests/consumer/*.sh)))
FUZZERS := $(filter-out replay,$(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c))))
PYTHON_TESTS := $(sort $(wildcard tests/test_*.py tests/*/test_*.py))
PYTHONS := $(patsubst test_%,%,$(basename $(notdir $(PYTHON_TESTS))))
CLI_TESTS := $(filter-out lib,$(patsubst tests/cli/%.sh,%,$(sort $(wildcard tests/cli/*.sh))))
GATES := rooms symbols layout abi reentrant docs

RUNNABLE := $(SUITES:%=check-%) $(FUZZERS:%=replay-%) $(CLI_TESTS:%=cli-%)
EVERYTHING := $(RUNNABLE) $(PYTHONS:%=python-%) $(CONSUMERS:%=consumer-%) $(GATES)

# ---- what tests find in their environment ---------------------------------------------------------------------------

VENV = build/venv
TEST_PYTHON = $(firstword $(wildcard $(VENV)/bin/python) python3)
export BUILD CC CXX VERSION MAJOR ALL_LIBS HAVE
export JOURNEY = $(abspath $(BUILD))/journey
export JOURNEY_LIBRARY = $(abspath $(BUILD))/$(SONAME)
export PYTHONPATH = $(CURDIR)/bindings/python
export JOURNEY_SHARED ?= $(abspath ../shared)
CXX ?= c++

# $(call need,TOOL): without it the test is skipped; in CI, where everything must be there, it fails.
need = command -v $(1) >/dev/null || { echo "SKIP: $(1) is not installed (make bootstrap)"; test -z "$$CI"; exit; };

# ---- suites ---------------------------------------------------------------------------------------------------------

# The other tests/*.c are helpers that any suite may use.
HELPERS := $(filter-out $(SUITES:%=tests/check_%.c),$(sort $(wildcard tests/*.c)))
CHECK_CFLAGS = $(shell $(PKG_CONFIG) --cflags check 2>/dev/null) -Itests
CHECK_LIBS = $(shell $(PKG_CONFIG) --libs check 2>/dev/null || echo -lcheck)
SUITE_PROGRAMS := $(SUITES:%=$(BUILD)/tests/check_%)
REPLAY_PROGRAMS := $(FUZZERS:%=$(BUILD)/tests/fuzz/%)

$(BUILD)/tests/%.o: private ALL_CFLAGS += $(CHECK_CFLAGS)
$(BUILD)/tests/libhelp.a: $(HELPERS:%.c=$(BUILD)/%.o)
	rm -f $@ && $(AR) qcs $@ $^
$(SUITE_PROGRAMS): $(BUILD)/tests/check_%: $(BUILD)/tests/check_%.o $(BUILD)/tests/libhelp.a $(STATIC)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(ALL_LIBS)
$(REPLAY_PROGRAMS): $(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/replay.o $(STATIC)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(SUITES:%=check-%): check-%: $(BUILD)/tests/check_%
	$<
$(FUZZERS:%=replay-%): replay-%: $(BUILD)/tests/fuzz/%
	$< $(wildcard tests/fuzz/corpus/$*)
$(CLI_TESTS:%=cli-%): cli-%: all
	bash tests/cli/$*.sh
$(PYTHONS:%=python-%): python-%: all
	@$(call need,python3) set -x; $(TEST_PYTHON) $(filter %/test_$*.py,$(PYTHON_TESTS))
$(CONSUMERS:%=consumer-%): consumer-%: all amalgamation
	bash tests/consumer/$*.sh

# ---- running them ---------------------------------------------------------------------------------------------------

# Everything is built first, going on after errors: what did not build then fails as a test of its own.
check: export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
check:
	-+@$(MAKE) -k --no-print-directory all amalgamation $(SUITE_PROGRAMS) $(REPLAY_PROGRAMS)
	@tests/run $(EVERYTHING)

# The programs under a sanitizer, in a build folder of their own. Under tsan: the suites that use threads.
SANITIZE_asan = address,undefined
SANITIZE_tsan = thread
TESTS_asan = $(RUNNABLE)
TESTS_tsan = $(patsubst tests/check_%.c,check-%,$(shell grep -l thread tests/check_*.c))
asan tsan: export CK_FORK = no
asan tsan: export UBSAN_OPTIONS = print_stacktrace=1
asan tsan: export TSAN_OPTIONS = halt_on_error=1
asan tsan:
	+@$(MAKE) --no-print-directory test-under LABEL=$@ TESTS="$(TESTS_$@)" BUILD=$(BUILD)/$@ LDFLAGS="$(LDFLAGS)" \
	  CFLAGS="-g -O1 -fno-omit-frame-pointer -fsanitize=$(SANITIZE_$@) -fno-sanitize-recover=all"
coverage:
	+@$(MAKE) --no-print-directory test-under TESTS="$(RUNNABLE)" BUILD=$(BUILD)/coverage CFLAGS="-g -O0 --coverage"
	lib/tools/coverage $(BUILD)/coverage
test-under:
	-+@$(MAKE) -k --no-print-directory all $(filter $(TESTS:check-%=$(BUILD)/tests/check_%),$(SUITE_PROGRAMS)) \
	  $(filter $(TESTS:replay-%=$(BUILD)/tests/fuzz/%),$(REPLAY_PROGRAMS))
	@tests/run $(addprefix --label ,$(LABEL)) $(TESTS)

# Each target for FUZZ_SECONDS from its corpus; what it finds is written to build/fuzz.
FUZZ_SECONDS = 10
fuzz:
	+@$(MAKE) --no-print-directory fuzz-run BUILD=$(BUILD)/fuzz CC=clang \
	  CFLAGS="-g -O1 -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all"
FUZZ_PROGRAMS := $(FUZZERS:%=$(BUILD)/run/%)
$(FUZZ_PROGRAMS): $(BUILD)/run/%: $(BUILD)/tests/fuzz/%.o $(STATIC)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(ALL_LIBS)
fuzz-run: $(FUZZERS:%=fuzz-%)
$(FUZZERS:%=fuzz-%): fuzz-%: $(BUILD)/run/%
	@mkdir -p $(BUILD)/found/$*
	$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
	  -artifact_prefix=$(BUILD)/$*- $(patsubst %,-dict=%,$(wildcard tests/fuzz/$*.dict)) \
	  $(BUILD)/found/$* $(wildcard tests/fuzz/corpus/$*)

# ---- gates ----------------------------------------------------------------------------------------------------------

rooms:
	@$(call need,python3) lib/tools/rooms

symbols: $(STATIC) $(SHARED)
	@$(call need,ctags) lib/tools/symbols check $(SHARED) $(STATIC)
symbols-update:
	lib/tools/symbols update

layout:
	@$(call need,ctags) lib/tools/layout check "$(CC)"
layout-update:
	lib/tools/layout update "$(CC)"

reentrant: $(STATIC)
	@$(call need,python3) lib/tools/reentrant $(STATIC)

# The baseline is made of the amalgamation, because of what libabigail 2.2 does not see otherwise: a function that
# another file calls loses its symbol, and a room's private header counts as public when a public one has its name. It
# is not optimised (functions with equal bodies become one), keeps source locations (without them all types count as
# private) and has no suppressions (one for members at the end lets a retyped member through). What is only added
# passes; anything else is on purpose and goes with `make abi-update` in the same commit.
BASELINE = tests/abi/libjourney-$(MAJOR).abi
ABI_SHARED = $(BUILD)/abi/libjourney.so
ABI_HEADERS = $(dir $(AMALGAMATION))
$(ABI_SHARED): $(AMALGAMATION) lib/libjourney.map
	@mkdir -p $(@D)
	$(CC) -std=c11 -g -O0 -fPIC -pthread -shared -ffile-prefix-map=$(ABI_HEADERS)= -ffile-prefix-map=$(CURDIR)=. \
	  -Wl,-soname,$(SONAME) -Wl,--version-script=lib/libjourney.map -o $@ $< -lm -ldl
abi: $(ABI_SHARED)
	@$(call need,abidiff) test -f $(BASELINE) || { echo "$(BASELINE) is not there: make abi-update"; exit 1; }; \
	abidiff --no-added-syms --headers-dir1 $(ABI_HEADERS) --headers-dir2 $(ABI_HEADERS) $(BASELINE) $(ABI_SHARED) \
	  && echo "abi: compatible with $(BASELINE)"
abi-update: $(ABI_SHARED)
	abidw --headers-dir $(ABI_HEADERS) --no-corpus-path --no-comp-dir-path --out-file $(BASELINE) $(ABI_SHARED)
	@sed -n "s/.*<function-decl .* mangled-name='\(journey_[^']*\)'.*/\1/p" $(BASELINE) | LC_ALL=C sort -u \
	  | diff - tests/abi/symbols.txt || { echo "abi-update: the baseline does not know these functions"; exit 1; }

docs:
	@$(call need,doxygen) mkdir -p $(BUILD)/docs && \
	(cat docs/Doxyfile; echo "PROJECT_NUMBER=$(VERSION)"; echo "OUTPUT_DIRECTORY=$(BUILD)/docs") | doxygen -

# ---- measuring beside others ----------------------------------------------------------------------------------------

# tests/bench/*.c are programs that tests/bench/run.py runs, with the options in BENCH.
BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
$(BENCH_PROGRAMS): %: %.o $(STATIC)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(ALL_LIBS)
bench: all $(BENCH_PROGRAMS)
	@$(call need,python3) $(TEST_PYTHON) tests/bench/run.py $(BENCH)
# More cases than `make check` asks for.
differential: export JOURNEY_CASES ?= 200000
differential: $(filter python-differential%,$(PYTHONS:%=python-%))

# ---- what tests need ------------------------------------------------------------------------------------------------

SUDO = $(if $(filter 0,$(shell id -u)),,sudo)
PACKAGES = gcc g++ libc6-dev make binutils pkg-config zlib1g-dev libsqlite3-dev check python3 python3-venv \
           universal-ctags abigail-tools doxygen autoconf librsvg2-bin groff tzdata \
           $(shell grep -lqs chromium tests/*.py tests/*/*.py tests/*/*.sh && echo chromium)
bootstrap:
	$(SUDO) apt-get update
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $(PACKAGES)
	test -x $(VENV)/bin/python || python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements.txt

# Large: the engines that `make bench` and `make differential` compare with.
bootstrap-peers: bootstrap
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r tests/requirements-peers.txt

-include $(wildcard $(BUILD)/tests/*.d $(BUILD)/tests/*/*.d)
.PHONY: check asan tsan coverage test-under fuzz fuzz-run bench differential bootstrap bootstrap-peers $(EVERYTHING) \
        $(FUZZERS:%=fuzz-%) symbols-update layout-update abi-update
