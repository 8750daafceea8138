/* Where bytes come from: files, pipes, standard input, memory, and gzip in all of them. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef JN_HAVE_ZLIB
#include <zlib.h>
#endif

#include "alloc_loop.h"
#include "check_main.h"
#include "read_back.h"

#define HEAD "user_id,time,event\n"

/* ---- files ------------------------------------------------------------------------------------------------------ */

static char folder[64], path[256];

static void make_folder(void) {
  strcpy(folder, "/tmp/journey-read-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void remove_folder(void) {
  unlink(path);
  rmdir(folder);
}

static void in_folder(const char *name) { snprintf(path, sizeof path, "%s/%s", folder, name); }

static void write_file(const char *name, const char *bytes, size_t n) {
  in_folder(name);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
  fclose(file);
}

/* n rows: customer i % 100, event e(i % 7). */
static char *many_rows(size_t rows, size_t *n) {
  char *text = malloc(rows * 40 + 100);
  ck_assert_ptr_nonnull(text);
  *n = (size_t)sprintf(text, HEAD);
  for (size_t i = 0; i < rows; i++)
    *n += (size_t)sprintf(text + *n, "c%zu,2024-01-%02zu,e%zu\n", i % 100, i % 28 + 1, i % 7);
  return text;
}

static void check_many_rows(read_back *r, size_t rows) {
  ck_assert_msg(r->status == JOURNEY_OK, "%s", r->err.message);
  ck_assert_int_eq(r->counts.events, (int64_t)rows);
  ck_assert_int_eq(r->columns->events, (int64_t)rows);
  ck_assert_int_eq(r->columns->customers, 100);
  ck_assert_int_eq(journey_stream_event_names(r->stream), 7);
}

START_TEST(a_file) {
  size_t n;
  char *text = many_rows(5000, &n);
  write_file("many.csv", text, n);
  for (size_t block = 0; block < 5000; block += 1 + block) {
    read_back r = {.threads = 3, .tuning = {.block = block}};
    read_back_from(&r, path, NULL, 0);
    check_many_rows(&r, 5000);
    ck_assert_int_eq(r.counts.bytes, (int64_t)n);
    read_back_free(&r);
  }
  free(text);
}
END_TEST

static void check_fails(const char *name, journey_status status, const char *says) {
  in_folder(name);
  read_back r = {0};
  read_back_from(&r, path, NULL, 0);
  ck_assert_msg(r.status == status && strstr(r.err.message, says), "%s: %s", name, r.err.message);
  ck_assert_msg(strstr(r.err.message, name) || !*name, "%s", r.err.message);
  read_back_free(&r);
}

START_TEST(files_that_cannot_be_read) {
  check_fails("missing.csv", JOURNEY_EIO, "there is no such file");
  check_fails("", JOURNEY_EIO, "it is a directory, not a file");
  write_file("file", "", 0);
  check_fails("file/x", JOURNEY_EIO, "a part of the path is not a directory");
  check_fails("file", JOURNEY_EPARSE, "the file is empty");
  if (geteuid() == 0) {
    check_skip("a file without permission (this user may read all)");
    return;
  }
  ck_assert_int_eq(chmod(path, 0), 0);
  check_fails("file", JOURNEY_EIO, "permission denied");
}
END_TEST

typedef struct feeder {
  const char *bytes;
  size_t n, step;
} feeder;

/* Writes to the pipe in small pieces. */
static void *feed(void *arg) {
  feeder *f = arg;
  int fd = open(path, O_WRONLY);
  for (size_t i = 0; i < f->n;) {
    size_t left = f->n - i;
    ssize_t now = write(fd, f->bytes + i, left < f->step ? left : f->step);
    if (now <= 0) break;
    i += (size_t)now;
  }
  close(fd);
  return NULL;
}

static void read_pipe(read_back *r, const char *bytes, size_t n, size_t step) {
  pthread_t thread;
  feeder f = {bytes, n, step};
  in_folder("pipe");
  ck_assert_int_eq(mkfifo(path, 0600), 0);
  ck_assert_int_eq(pthread_create(&thread, NULL, feed, &f), 0);
  read_back_from(r, path, NULL, 0);
  pthread_join(thread, NULL);
  unlink(path);
}

START_TEST(a_pipe) {
  size_t n;
  char *text = many_rows(3000, &n);
  for (size_t block = 50; block < 70000; block *= 7) {
    read_back r = {.threads = 3, .tuning = {.block = block, .sample = 200}};
    read_pipe(&r, text, n, 1000);
    check_many_rows(&r, 3000);
    read_back_free(&r);
  }
  free(text);
}
END_TEST

static const char turns[] = "user_id,time,event,zip\nu,2024-01-01,a,1\nu,2024-01-02,b,2\nu,2024-01-03,c,D3\n";

/* What cannot be read twice says what to do, and doing it helps. */
START_TEST(a_pipe_that_turns_to_text) {
  read_back r = {.tuning = {.block = 16, .sample = 40}};
  read_pipe(&r, turns, sizeof turns - 1, 10);
  ck_assert_int_eq(r.status, JOURNEY_EPARSE);
  ck_assert_int_eq(r.err.row, 4);
  ck_assert_int_eq(r.err.column, 4);
  ck_assert_msg(strstr(r.err.message, "\"all,zip:text\""), "%s", r.err.message);
  read_back_free(&r);
  r.options.attributes = "all,zip:text";
  read_pipe(&r, turns, sizeof turns - 1, 10);
  ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
  ck_assert_str_eq(read_back_attribute(&r, "zip", 0), "1");
  read_back_free(&r);
}
END_TEST

START_TEST(standard_input) {
  size_t n;
  char *text = many_rows(500, &n);
  write_file("in.csv", text, n);
  int saved = dup(STDIN_FILENO), fd = open(path, O_RDONLY);
  ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
  read_back r = {.tuning = {.block = 777}};
  read_back_from(&r, "-", NULL, 0);
  check_many_rows(&r, 500);
  read_back_free(&r);
  ck_assert_int_eq(lseek(STDIN_FILENO, 3, SEEK_SET), 3); /* from where it stands: "r_id,..." */
  read_back_from(&r, "-", NULL, 0);
  ck_assert_msg(strstr(r.err.message, "standard input:1: ") == r.err.message, "%s", r.err.message);
  ck_assert_msg(strstr(r.err.message, "r_id, time, event"), "%s", r.err.message);
  read_back_free(&r);
  if (saved >= 0) dup2(saved, STDIN_FILENO);
  close(saved);
  close(fd);
  free(text);
}
END_TEST

/* ---- gzip ------------------------------------------------------------------------------------------------------- */

#ifdef JN_HAVE_ZLIB

static size_t zip(char *out, size_t size, const char *bytes, size_t n) {
  z_stream z = {0};
  ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
  z.next_in = (unsigned char *)(uintptr_t)bytes;
  z.avail_in = (unsigned)n;
  z.next_out = (unsigned char *)out;
  z.avail_out = (unsigned)size;
  ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
  deflateEnd(&z);
  return size - z.avail_out;
}

START_TEST(gzipped) {
  size_t n;
  char *text = many_rows(4000, &n), *zipped = malloc(2 * n);
  size_t half = zip(zipped, n, text, n / 2), all = half + zip(zipped + half, n, text + n / 2, n - n / 2);
  memset(zipped + all, 0, 100); /* as tapes pad */
  write_file("rows", zipped, all + 100);
  for (size_t block = 500; block < 200000; block *= 9) {
    read_back r = {.threads = 3, .tuning = {.block = block, .sample = 300}};
    read_back_from(&r, path, NULL, 0);
    check_many_rows(&r, 4000);
    ck_assert_int_eq(r.counts.bytes, (int64_t)all + 100);
    read_back_free(&r);
    read_back_from(&r, "m", zipped, all);
    check_many_rows(&r, 4000);
    read_back_free(&r);
  }
  remove_folder();
  make_folder();
  read_back r = {.threads = 2};
  read_pipe(&r, zipped, all, 999);
  check_many_rows(&r, 4000);
  read_back_free(&r);
  free(zipped);
  free(text);
}
END_TEST

/* A file and memory can be unzipped twice. */
START_TEST(gzip_that_turns_to_text) {
  char zipped[300];
  size_t n = zip(zipped, sizeof zipped, turns, sizeof turns - 1);
  write_file("turns.csv.gz", zipped, n);
  for (int memory = 0; memory < 2; memory++) {
    read_back r = {.tuning = {.block = 16, .sample = 40}};
    read_back_from(&r, path, memory ? zipped : NULL, n);
    ck_assert_msg(r.status == JOURNEY_OK, "%s", r.err.message);
    ck_assert_int_eq(r.counts.events, 3);
    ck_assert_int_eq(r.columns->events, 3);
    ck_assert_str_eq(read_back_attribute(&r, "zip", 2), "D3");
    read_back_free(&r);
  }
}
END_TEST

/* Cut off anywhere, or with any byte changed, it is an error that says so, or what was in it is read as it is. */
START_TEST(gzip_that_is_damaged) {
  size_t n;
  char *text = many_rows(300, &n), *zipped = malloc(n + 100);
  size_t all = zip(zipped, n + 100, text, n);
  for (size_t cut = 4; cut < all; cut += 1 + cut / 20) {
    read_back r = {.tuning = {.block = 512}};
    read_back_from(&r, "t.csv.gz", zipped, cut);
    ck_assert_int_eq(r.status, JOURNEY_EPARSE);
    ck_assert_msg(strstr(r.err.message, "t.csv.gz: the gzip data end too early"), "%s", r.err.message);
    read_back_free(&r);
  }
  int damaged = 0;
  for (size_t at = 10; at < all; at += 1 + at / 15) {
    zipped[at] ^= 0x55;
    read_back r = {0};
    read_back_from(&r, "t", zipped, all);
    ck_assert(r.status == JOURNEY_EPARSE || r.status == JOURNEY_ENOTFOUND);
    damaged += strstr(r.err.message, "damaged") != NULL;
    read_back_free(&r);
    zipped[at] ^= 0x55;
  }
  ck_assert_int_gt(damaged, 5);
  free(zipped);
  free(text);
}
END_TEST

static journey_status read_zipped(journey_context *context, void *arg) {
  char zipped[400];
  const char *text = arg;
  size_t n = zip(zipped, sizeof zipped, text, strlen(text));
  journey_builder *builder;
  journey_status status = journey_builder_new(context, &builder, NULL);
  if (status) return status;
  jn_io_tuning tuning = {.block = 20};
  status = jn_io_read(builder, "t", zipped, n, &tuning, NULL, NULL, NULL);
  journey_builder_free(builder);
  return status;
}

START_TEST(gzip_out_of_memory) {
  char text[] = HEAD "a,2024-01-01,x\nb,2024-01-01,y\n";
  alloc_loop(read_zipped, text);
}
END_TEST

#else

START_TEST(gzip_without_zlib) {
  read_back r = {0};
  read_back_from(&r, "t.csv.gz", "\x1f\x8b\x08\0\0\0", 6);
  ck_assert_int_eq(r.status, JOURNEY_EUNSUPPORTED);
  ck_assert_msg(strstr(r.err.message, "without zlib"), "%s", r.err.message);
  read_back_free(&r);
}
END_TEST

#endif

Suite *read_suite(void);
Suite *read_suite(void) {
  Suite *suite = suite_create("read");
  TCase *tcase = tcase_create("files");
  tcase_set_timeout(tcase, 300);
  tcase_add_checked_fixture(tcase, make_folder, remove_folder);
  tcase_add_test(tcase, a_file);
  tcase_add_test(tcase, files_that_cannot_be_read);
  tcase_add_test(tcase, a_pipe);
  tcase_add_test(tcase, a_pipe_that_turns_to_text);
  tcase_add_test(tcase, standard_input);
#ifdef JN_HAVE_ZLIB
  tcase_add_test(tcase, gzipped);
  tcase_add_test(tcase, gzip_that_turns_to_text);
  tcase_add_test(tcase, gzip_that_is_damaged);
  tcase_add_test(tcase, gzip_out_of_memory);
#else
  tcase_add_test(tcase, gzip_without_zlib);
#endif
  suite_add_tcase(suite, tcase);
  return suite;
}

int main(void) { return check_main(read_suite()); }
