/*
 * Files that outlast a run: a compiled program, the sources of a submission that is run many times.
 *
 * They are in memory files that only we have a descriptor of, so that no program can reach them, and each run finds
 * them as they were. One that is executable has a sealed memory file of its own and is executed from there: the
 * workspace need not allow it. The others are written into the workspace before each run.
 */
#ifndef ZUKO_STORE_H
#define ZUKO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STORE_MAX 512     /* files */
#define STORE_PROGRAMS 16 /* of them executable: each takes a descriptor */

/* Where to write the content of a new file of `size` bytes; `store_finish` ends it. -1 with errno. */
int store_begin(const char *name, uint16_t mode, uint64_t size);
bool store_finish(void);

/* The kept program of this name, -1: there is none. */
int store_program(const char *name);

/* Writes what is not executable into the directory. False with errno. */
bool store_restore(int dir);

/* Moves on to what matches `pattern`, a plain name or '*' and an ending, in `dir`; calls `found` with each regular file,
 * open. False with errno as soon as `found` is. */
bool each_match(int dir, const char *pattern, bool (*found)(int fd, const char *name, uint16_t mode, uint64_t size));

/* `size` bytes from one file to another, both at their own positions. False with errno. */
bool copy_bytes(int from, int to, uint64_t size);

void store_drop(void);

#endif
