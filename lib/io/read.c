/* Reading an input into a builder: options, format, and all or nothing. */
#include <string.h>

#include "exec/exec.h"
#include "io/formats.h"
#include "io/io.h"

enum { BLOCK = 1 << 20, SAMPLE = 1 << 20, MOST = 1 << 28 };

/* ---- which format ----------------------------------------------------------------------------------------------- */

static const struct {
  const char *ending;
  int32_t input;
  char separator;
} endings[] = {{".csv", JOURNEY_INPUT_CSV, 0},      {".tsv", JOURNEY_INPUT_CSV, '\t'},
               {".tab", JOURNEY_INPUT_CSV, '\t'},   {".jsonl", JOURNEY_INPUT_JSONL, 0},
               {".ndjson", JOURNEY_INPUT_JSONL, 0}, {".json", JOURNEY_INPUT_JSONL, 0}};

static bool ends_in(const char *name, size_t n, const char *ending) {
  size_t length = strlen(ending);
  if (n < length) return false;
  for (size_t i = 0; i < length; i++) {
    char c = name[n - length + i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != ending[i]) return false;
  }
  return true;
}

static void format_from_name(jn_io_job *job) {
  size_t n = strlen(job->name);
  if (ends_in(job->name, n, ".gz")) n -= 3;
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    if (!ends_in(job->name, n, endings[i].ending)) continue;
    if (!job->options.input) job->options.input = endings[i].input;
    job->likely = endings[i].separator;
    return;
  }
}

/* JSON begins with a brace, which no header of CSV does. */
static journey_status format_from_bytes(jn_io_job *job, journey_error *err) {
  const char *bytes;
  size_t n, i = 0;
  journey_status status = jn_io_source_peek(job->source, 4096, &bytes, &n, err);
  if (status) return status;
  if (n >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3)) i = 3;
  while (i < n && strchr(" \t\r\n", bytes[i]) && bytes[i]) i++;
  job->options.input = i < n && (bytes[i] == '{' || bytes[i] == '[') ? JOURNEY_INPUT_JSONL : JOURNEY_INPUT_CSV;
  return JOURNEY_OK;
}

static const jn_io_read_format formats[] = {
    [JOURNEY_INPUT_CSV] = jn_io_read_csv, [JOURNEY_INPUT_JSONL] = jn_io_read_jsonl};

static journey_status read_source(jn_io_job *job, journey_error *err) {
  journey_status status = JOURNEY_OK;
  int64_t size = jn_io_source_size(job->source);
  if (size >= 0 && !jn_io_source_is_gzip(job->source) && size / (int64_t)job->block + 1 < job->threads) {
    job->threads = (uint32_t)(size / (int64_t)job->block + 1); /* no more than there are blocks */
  }
  if (!job->options.input) format_from_name(job);
  if (!job->options.input) status = format_from_bytes(job, err);
  return status ? status : formats[job->options.input](job, err);
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

static journey_status check_options(const journey_read_options *options, journey_error *err) {
  if (options->on_error < JOURNEY_ON_ERROR_STOP || options->on_error > JOURNEY_ON_ERROR_SKIP) {
    return jn_base_fail(err, JOURNEY_EINVAL, "on_error is %d, not 0 or 1", (int)options->on_error);
  }
  if (options->input < JOURNEY_INPUT_AUTO || options->input > JOURNEY_INPUT_JSONL) {
    return jn_base_fail(err, JOURNEY_EINVAL, "there is no input format %d", (int)options->input);
  }
  if (options->separator && !memchr(",\t;|", options->separator, 4)) {
    return jn_base_fail(err, JOURNEY_EINVAL, "the separator is neither \",\", \";\", \"|\" nor a tab");
  }
  return JOURNEY_OK;
}

static journey_status open_source(jn_io_job *job, const char *bytes, size_t n, journey_error *err) {
  journey_status status = bytes ? jn_io_source_memory(job->context, bytes, n, &job->source, err)
                                : jn_io_source_open(job->context, job->name, &job->source, err);
  if (!bytes && !strcmp(job->name, "-")) job->name = "standard input";
  return status;
}

static void give_counts(const jn_io_job *job, journey_read_counts *counts) {
  if (!counts) return;
  uint32_t size = counts->struct_size;
  size_t n = size < sizeof *counts ? size : sizeof *counts;
  size_t head = offsetof(journey_read_counts, rows);
  if (n > head) memcpy((char *)counts + head, (const char *)&job->counts + head, n - head);
}

static void prepare(jn_io_job *job, const jn_io_tuning *tuning) {
  job->block = tuning && tuning->block ? tuning->block : BLOCK;
  job->most = tuning && tuning->most ? tuning->most : MOST;
  job->sample = tuning && tuning->sample ? tuning->sample : SAMPLE;
  if (job->most < job->block) job->most = job->block;
  job->threads = (uint32_t)jn_exec_threads(job->context);
}

journey_status jn_io_read(journey_builder *builder, const char *name, const char *bytes, size_t n,
                          const jn_io_tuning *tuning, const journey_read_options *options, journey_read_counts *counts,
                          journey_error *err) {
  jn_io_job job = {.context = jn_stream_builder_context(builder), .builder = builder, .name = name};
  journey_error here = {0};
  journey_status status =
      jn_base_options(options, sizeof *options, sizeof *options, &job.options, "journey_read_options", err);
  if (!status) status = check_options(&job.options, err);
  if (status) return status;
  int64_t mark = jn_stream_next_sequence(builder);
  prepare(&job, tuning);
  status = open_source(&job, bytes, n, &here);
  if (!status) status = read_source(&job, &here);
  jn_io_source_close(job.source);
  give_counts(&job, counts);
  if (!status) return JOURNEY_OK;
  jn_stream_rollback(builder, mark);
  jn_io_place(job.name, &here);
  if (err) *err = here;
  return status;
}

journey_status journey_read_file(journey_builder *builder, const char *path, const journey_read_options *options,
                                 journey_read_counts *counts, journey_error *err) {
  if (!path) return jn_base_fail(err, JOURNEY_EINVAL, "no path is given");
  return jn_io_read(builder, path, NULL, 0, NULL, options, counts, err);
}

journey_status journey_read_memory(journey_builder *builder, const char *name, const char *bytes, size_t n,
                                   const journey_read_options *options, journey_read_counts *counts,
                                   journey_error *err) {
  if (!name) name = "memory";
  return jn_io_read(builder, name, bytes ? bytes : "", bytes ? n : 0, NULL, options, counts, err);
}
