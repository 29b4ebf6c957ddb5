/*
 * Files that outlast a run: a compiled program, the sources of a submission that is run many times.
 *
 * Their bytes are in one memory file that only we have a descriptor of, so that no program can reach them, and each
 * run finds them as they were. What is not executable is written into the workspace before each run. What is has no
 * name there: it is executed from a sealed memory file, so that the workspace need not allow it.
 *
 * A file has more to it than bytes: its owner, which every program is, can write times, mode, attributes and hints of
 * /proc/self/exe, and so leave word for the next run, or make it impossible. So that memory file is looked at before each
 * run, and made anew (0.6 ms for a megabyte) if anything of it has changed.
 */
#ifndef ZUKO_STORE_H
#define ZUKO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `room` is what the workspace holds, in bytes. All that is kept has to fit into it, so that restoring cannot fail for
 * what a program has left, and memory is needed twice at the most. 0: not known. */
void store_open(uint64_t room);

/* Begins a file: `size` bytes are to be written to `fd`, then `store_finish` keeps it; else it is as if it had never
 * been begun. Returns NULL, or what is wrong. */
const char *store_begin(const char *name, uint16_t mode, uint64_t size, int *fd);
void store_finish(void);

bool store_has(const char *name);

/* A memory file with the program of this name, sealed and as good as new, -1 with errno; ENOENT: no program is kept under
 * this name. It stays open. */
int store_program(const char *name);

/* Writes what is not executable into the directory. NULL, or the name of what could not be written, with errno. */
const char *store_restore(int dir);

void store_drop(void);

/* `size` bytes from one file to another, both at their own positions. False with errno. */
bool copy_bytes(int from, int to, uint64_t size);

#endif
