/* Files of a test, in a fresh folder that is removed at the end. For programs with POSIX. */
#ifndef TEST_FILES_H
#define TEST_FILES_H

#include "sets.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static char folder_path[64];

static inline void make_folder(void) {
  strcpy(folder_path, "/tmp/pinjwt-test-XXXXXX");
  if (mkdtemp(folder_path) == NULL) {
    perror("mkdtemp");
    exit(2);
  }
}

/** The path of a file in the folder; good until the end. */
static inline const char *in_folder(const char *name) {
  static char *paths[32];
  char *path = format("%s/%s", folder_path, name);
  size_t i;
  for (i = 0; i < COUNT(paths) - 1 && paths[i] != NULL; i++) {
    if (strcmp(paths[i], path) == 0) {
      free(path);
      return paths[i];
    }
  }
  free(paths[i]);
  paths[i] = path;
  return path;
}

static inline void remove_all(const char *path) {
  DIR *folder = opendir(path);
  const struct dirent *entry;
  while (folder != NULL && (entry = readdir(folder)) != NULL) {
    char *inner;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
      continue;
    }
    inner = format("%s/%s", path, entry->d_name);
    if (unlink(inner) != 0) {
      remove_all(inner);
    }
    free(inner);
  }
  if (folder != NULL) {
    closedir(folder);
  }
  rmdir(path);
}

static inline void remove_folder(void) {
  remove_all(folder_path);
}

/** Writes a file of exactly that mode, anew. */
static inline void write_file(const char *path, const void *bytes, size_t length, mode_t mode) {
  FILE *file;
  unlink(path);
  file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0 ||
      chmod(path, mode) != 0) {
    perror(path);
    exit(2);
  }
}

static inline void write_text(const char *path, const char *text, mode_t mode) {
  write_file(path, text, strlen(text), mode);
}

/** The bytes of a file, a NUL after them; the caller frees them. */
static inline char *read_bytes(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  size_t cap = 1 << 20;
  char *bytes = need_(malloc(cap + 1));
  if (file == NULL) {
    perror(path);
    exit(2);
  }
  *length = fread(bytes, 1, cap, file);
  bytes[*length] = '\0';
  fclose(file);
  return bytes;
}

#endif
