/* Runs a fuzz target over files, and over the files of folders, with any compiler: the corpus as a regression test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static long long inputs;

static void die(const char *what, const char *path) {
  fprintf(stderr, "replay: %s: ", path);
  perror(what);
  exit(1);
}

/* The copy has no spare byte behind it, so that a sanitizer sees each read past the end. */
static void replay_file(const char *path, size_t size) {
  uint8_t *data = malloc(size ? size : 1);
  FILE *file = fopen(path, "rb");
  if (!data || !file || fread(data, 1, size, file) != size) die("read", path);
  fclose(file);
  LLVMFuzzerTestOneInput(data, size);
  free(data);
  inputs++;
}

static void replay(const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) die("stat", path);
  if (!S_ISDIR(info.st_mode)) {
    replay_file(path, (size_t)info.st_size);
    return;
  }
  struct dirent **names;
  int count = scandir(path, &names, NULL, alphasort);
  if (count < 0) die("scandir", path);
  for (int i = 0; i < count; i++) {
    char child[4096];
    snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
    if (names[i]->d_name[0] != '.') replay(child);
    free(names[i]);
  }
  free(names);
}

int main(int argc, char **argv) {
  LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
  for (int i = 1; i < argc; i++) replay(argv[i]);
  printf("%lld inputs replayed\n", inputs);
  return 0;
}
