/* The formats that events are read from: a table, which a new reader joins. */
#ifndef JN_IO_FORMATS_H
#define JN_IO_FORMATS_H

#include "io/blocks.h"

/* Reads all of job->source into job->builder and fills job->counts. On failure the caller rolls the builder back and
 * puts the name of the input before the message. */
typedef journey_status (*jn_io_read_format)(jn_io_job *job, journey_error *err);

journey_status jn_io_read_csv(jn_io_job *job, journey_error *err);
journey_status jn_io_read_jsonl(jn_io_job *job, journey_error *err);

#endif
