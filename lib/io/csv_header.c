/* What a CSV file says about itself: its newline, its separator, its columns, and what is in them. */
#include <string.h>

#include "io/csv.h"

enum { MOST_COLUMNS = 16384 };

/* ---- what is no CSV --------------------------------------------------------------------------------------------- */

static journey_status check_magic(const jn_io_csv *csv, journey_error *err) {
  static const struct {
    const char *bytes;
    size_t n;
    const char *what;
  } known[] = {{"\xff\xfe", 2, "UTF-16 text: save it as UTF-8"},
               {"\xfe\xff", 2, "UTF-16 text: save it as UTF-8"},
               {"PAR1", 4, "a Parquet file, which is not read here"},
               {"ARROW1", 6, "an Arrow file, not a CSV"},
               {"PK\x03\x04", 4, "a zip archive or a spreadsheet: unpack it, or save it as CSV"},
               {"\x28\xb5\x2f\xfd", 4, "compressed with zstd: unpack it first"},
               {"BZh", 3, "compressed with bzip2: unpack it first"},
               {"\xfd"
                "7zXZ",
                5, "compressed with xz: unpack it first"}};
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
    if (csv->sample_n < known[i].n || memcmp(csv->sample, known[i].bytes, known[i].n) != 0) continue;
    return jn_base_fail(err, JOURNEY_EUNSUPPORTED, "this is %s", known[i].what);
  }
  return JOURNEY_OK;
}

/* ---- where the header is ---------------------------------------------------------------------------------------- */

static journey_status take_sample(jn_io_csv *csv, journey_error *err) {
  const char *bytes;
  size_t n, want = csv->job->sample;
  journey_status status = jn_io_source_peek(csv->job->source, want, &bytes, &n, err);
  if (status) return status;
  csv->sample_capacity = n + 1 + JN_IO_PAD;
  csv->sample = jn_base_zalloc(csv->job->context, csv->sample_capacity, 1);
  if (!csv->sample) return jn_base_no_memory(err);
  if (n) memcpy(csv->sample, bytes, n);
  csv->sample_n = n;
  return JOURNEY_OK;
}

static void skip_mark_and_empty_lines(jn_io_csv *csv) {
  const char *s = csv->sample;
  size_t i = csv->sample_n >= 3 && !memcmp(s, "\xef\xbb\xbf", 3) ? 3 : 0;
  for (; i < csv->sample_n && (s[i] == '\n' || s[i] == '\r'); i++) csv->body_lines += s[i] == csv->newline;
  csv->body = i;
}

/* Old files end lines with a lone CR: the header's end tells. */
static char find_newline(const jn_io_csv *csv) {
  bool inside = false;
  const char *s = csv->sample, *end = s + csv->sample_n;
  for (; s < end; s++) {
    if (*s == '"') inside = !inside;
    if (inside || (*s != '\n' && *s != '\r')) continue;
    while (s < end && *s == '\r') s++;
    return s == end || *s != '\n' ? '\r' : '\n';
  }
  return '\n';
}

/* The one of the four that is most often in the header. */
static char find_separator(const jn_io_csv *csv) {
  static const char separators[] = ",\t;|";
  size_t counts[4] = {0}, best = 0;
  const char *likely = csv->job->likely ? strchr(separators, csv->job->likely) : NULL;
  bool inside = false;
  if (csv->job->options.separator) return (char)csv->job->options.separator;
  for (size_t i = csv->body; i < csv->sample_n; i++) {
    char c = csv->sample[i];
    if (c == '"') inside = !inside;
    if (inside) continue;
    if (c == csv->newline) break;
    const char *separator = c ? strchr(separators, c) : NULL;
    if (separator) counts[separator - separators]++;
  }
  if (likely && counts[likely - separators]) return *likely;
  for (size_t i = 1; i < 4; i++) {
    if (counts[i] > counts[best]) best = i;
  }
  return separators[best];
}

/* ---- its names -------------------------------------------------------------------------------------------------- */

static journey_status check_header(const jn_io_csv *csv, size_t n, journey_error *err) {
  size_t at;
  int64_t line = csv->body_lines + 1;
  const char *header = csv->sample + csv->body, *nul = memchr(header, 0, n);
  if (nul) {
    return jn_base_fail_at(err, JOURNEY_EPARSE, line, 0, nul - csv->sample,
                           "a NUL byte in the header: is this a CSV file?");
  }
  if (!jn_base_utf8(header, n, &at)) {
    return jn_base_fail_at(err, JOURNEY_EPARSE, line, 0, (int64_t)(csv->body + at),
                           "the byte 0x%02x in the header is not UTF-8", (unsigned char)header[at]);
  }
  return JOURNEY_OK;
}

/* Keeps the first `columns` names; *end is where the rows begin. */
static journey_status split_header(jn_io_csv *csv, uint32_t columns, size_t *end, journey_error *err) {
  jn_io_csv_splitter *header = &csv->header;
  journey_status status =
      jn_io_csv_splitter_init(header, csv->job->context, csv->separator, csv->newline, columns, err);
  if (status) return status;
  jn_io_csv_split_begin(header, csv->sample + csv->body, csv->sample_n - csv->body + 1);
  *end = (size_t)(jn_io_csv_split(header, csv->sample + csv->body) - csv->sample);
  if (header->no_memory) return jn_base_no_memory(err);
  int64_t line = csv->body_lines + 1;
  if (*end > csv->sample_n && csv->sample_n == csv->job->sample) {
    return jn_base_fail_at(err, JOURNEY_ELIMIT, line, 0, (int64_t)csv->body,
                           "the header is longer than %zu bytes: is this a CSV file?", csv->job->sample);
  }
  if (header->problem == JN_IO_CSV_FINE) return JOURNEY_OK;
  return jn_base_fail_at(err, JOURNEY_EPARSE, line, (int32_t)header->problem_field + 1,
                         header->problem_at - csv->sample, "%s in the header",
                         header->problem == JN_IO_CSV_OPEN_QUOTE ? "a quote that is never closed"
                                                                 : "text after a closing quote");
}

/* Splits twice: the first time only counts. */
static journey_status read_names(jn_io_csv *csv, size_t *end, journey_error *err) {
  journey_status status = split_header(csv, 0, end, err);
  uint32_t columns = csv->header.fields;
  jn_io_csv_splitter_clear(&csv->header);
  if (!status) status = check_header(csv, *end - csv->body - (*end > csv->sample_n), err);
  if (status) return status;
  if (columns > MOST_COLUMNS) {
    return jn_base_fail_at(err, JOURNEY_ELIMIT, csv->body_lines + 1, 0, -1, "%u columns are more than %d", columns,
                           MOST_COLUMNS);
  }
  return split_header(csv, columns, end, err);
}

journey_status jn_io_csv_read_header(jn_io_csv *csv, journey_error *err) {
  size_t end;
  journey_status status = take_sample(csv, err);
  if (!status) status = check_magic(csv, err);
  if (status) return status;
  csv->newline = find_newline(csv);
  skip_mark_and_empty_lines(csv);
  if (csv->body == csv->sample_n) {
    return jn_base_fail(err, JOURNEY_EPARSE,
                        csv->sample_n ? "the file has nothing but line ends" : "the file is empty");
  }
  csv->separator = find_separator(csv);
  csv->sample[csv->sample_n] = csv->newline; /* so that a header without an end has one */
  status = read_names(csv, &end, err);
  if (status) return status;
  if (end > csv->sample_n) end = csv->sample_n;
  status = jn_io_columns_resolve(csv->job->context, csv->header.field, csv->header.columns, &csv->job->options,
                                 &csv->columns, err);
  if (status && err && err->row == 1) err->row = csv->body_lines + 1;
  csv->body_lines += jn_io_count(csv->sample + csv->body, end - csv->body, csv->newline);
  csv->body = end;
  return status;
}

/* ---- types ------------------------------------------------------------------------------------------------------ */

static bool all_digits(const char *s, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (s[i] < '0' || s[i] > '9') return false;
  }
  return true;
}

bool jn_io_csv_attribute_number(const char *s, size_t n, double *out) {
  enum { EXACT_DIGITS = 15 }; /* that a double holds exactly */
  const char *digits = s;
  size_t length = n;
  if (n && (*s == '-' || *s == '+')) digits++, length--;
  if (length > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9') return false;
  if (length > EXACT_DIGITS && all_digits(digits, length)) return false;
  return jn_base_parse_double(s, n, out);
}

static void guess_from_row(jn_io_csv *csv, const jn_io_csv_splitter *row) {
  double number;
  for (size_t i = 0; i < csv->columns.attributes; i++) {
    jn_io_attribute *attribute = &csv->columns.attribute[i];
    if (attribute->fixed || attribute->type == JN_IO_TYPE_TEXT || attribute->column >= row->fields) continue;
    jn_stream_string cell = row->field[attribute->column];
    if (!cell.length) continue;
    attribute->type =
        jn_io_csv_attribute_number(cell.bytes, cell.length, &number) ? JN_IO_TYPE_NUMBER : JN_IO_TYPE_TEXT;
  }
}

/* A column is a number when all that the sample has in it are numbers. */
journey_status jn_io_csv_guess_types(jn_io_csv *csv, journey_error *err) {
  jn_io_csv_splitter row;
  uint32_t state = 0;
  if (!csv->columns.attributes) return JOURNEY_OK;
  char *p = csv->sample + csv->body;
  size_t n = csv->sample_n - csv->body, cut = n ? jn_io_csv_cut(csv, 1, p, n, &state) : 0;
  if (csv->sample_n < csv->job->sample && cut < n) {
    p[n] = csv->newline; /* the last line of a short file */
    cut = n + 1;
  }
  journey_status status =
      jn_io_csv_splitter_init(&row, csv->job->context, csv->separator, csv->newline, csv->header.columns, err);
  if (status) return status;
  jn_io_csv_split_begin(&row, p, cut);
  for (const char *end = p + cut, *at = p; at < end && !row.no_memory;) {
    at = jn_io_csv_split(&row, at);
    if (row.fields == csv->header.columns && row.problem == JN_IO_CSV_FINE) guess_from_row(csv, &row);
  }
  status = row.no_memory ? jn_base_no_memory(err) : JOURNEY_OK;
  jn_io_csv_splitter_clear(&row);
  return status;
}
