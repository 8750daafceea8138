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
	rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(CPPFLAGS) -MMD -MP -c -o $@ $<

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d)
.PHONY: all clean
