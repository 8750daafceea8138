# libjourney: `make` needs only cc and make. `./configure` (optional) writes config.mk, read below.
CC ?= cc
AR ?= ar
BUILD ?= build
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wpointer-arith -Wwrite-strings \
       -Wundef -Wconversion -Wno-sign-conversion
-include config.mk
ALL_CFLAGS = -std=c11 -D_GNU_SOURCE -Iinclude -Ilib -fPIC -fvisibility=hidden -pthread $(WARN) $(CFLAGS)
LIB_SRC := $(sort $(wildcard lib/*/*.c lib/metric/calc/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)

all: $(BUILD)/libjourney.a

$(BUILD)/libjourney.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

# Every tests/check_NAME.c is a program of its own; `make check` runs all, `make check-NAME` one.
# The other tests/*.c are helpers that any of them may use.
CHECK_CFLAGS = $(shell pkg-config --cflags check) -Itests
CHECK_LIBS = $(shell pkg-config --libs check) -lm -pthread
CHECK_NAMES := $(filter-out main,$(patsubst tests/check_%.c,%,$(sort $(wildcard tests/check_*.c))))
CHECK_HELP := $(filter-out $(CHECK_NAMES:%=tests/check_%.c),$(sort $(wildcard tests/*.c)))

$(BUILD)/tests/%.o: ALL_CFLAGS += $(CHECK_CFLAGS)
$(BUILD)/tests/libhelp.a: $(CHECK_HELP:%.c=$(BUILD)/%.o)
	@mkdir -p $(@D)
	rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/tests/check_%: $(BUILD)/tests/check_%.o $(BUILD)/tests/libhelp.a $(BUILD)/libjourney.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CHECK_LIBS) $(LIBS)
check-%: $(BUILD)/tests/check_%
	$<
check: $(CHECK_NAMES:%=check-%)

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(wildcard $(BUILD)/tests/*.d)
.PRECIOUS: $(BUILD)/tests/%.o
.SECONDARY:
.PHONY: all check clean
