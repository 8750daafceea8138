/* JSON Lines: not there yet. */
#include "io/formats.h"

journey_status jn_io_read_jsonl(jn_io_job *job, journey_error *err) {
  (void)job;
  return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "JSON Lines are not read yet");
}
