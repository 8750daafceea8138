/* What the columns of known exports are called: data only, shared by every reader. */
#ifndef JN_IO_PRESETS_H
#define JN_IO_PRESETS_H

#include <stdint.h>

/* The parts that a column can play in an event. */
enum {
  JN_IO_CUSTOMER,  /* known id */
  JN_IO_ANONYMOUS, /* anonymous id */
  JN_IO_TIME,
  JN_IO_EVENT, /* name of the event */
  JN_IO_VALUE,
  JN_IO_ID,       /* id of the event, for dropping duplicates */
  JN_IO_PREVIOUS, /* another id of the same customer, from now on linked with it */
  JN_IO_KIND,     /* "identify" and "alias" make the row a link and no event */
  JN_IO_ROLES
};

/* Names are separated by blanks, in order of preference. A dot stands for a step into a nested object, or is simply
 * part of the name of a CSV column. `sign` is what the preset is recognised by: all of these names must be there,
 * where `a|b` is either. For the roles in `each_row`, a row whose first column is empty takes the next one. */
typedef struct jn_io_preset {
  const char *name, *help;
  const char *sign;
  const char *role[JN_IO_ROLES];
  uint32_t each_row;   /* 1 << JN_IO_... */
  int32_t time_kind;   /* JN_TIME_... */
  const char *event;   /* the name of all events when there is no column for it ... */
  const char *witness; /* ... but one of these */
} jn_io_preset;

/* In order of recognition, the last is "generic", which has no sign. NULL past it. */
const jn_io_preset *jn_io_preset_at(int32_t i);

#endif
