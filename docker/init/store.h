/*
 * Files that outlast a run: a compiled program, or the sources of a submission that is run many times.
 *
 * Their bytes are in one memory file. Only zuko-init has a descriptor of it, so no program can change them. Before each
 * run, files that are not executable are copied into the workspace. Executable files have no name there: they are
 * executed from a sealed memory file, so that the workspace can be mounted noexec.
 *
 * A seal protects only the bytes. Every program runs as the owner of the file, so it can change the times, mode,
 * attributes and hints of /proc/self/exe: it could leave a message for the next run, or prevent that run. So the
 * sealed file is checked before each run, and created again (0.6 ms for a megabyte) if any of these has changed.
 */
#ifndef ZUKO_STORE_H
#define ZUKO_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `room` is the size of the workspace in bytes; 0: not known. All kept files together have to fit into it. So restoring
 * them always succeeds in an empty workspace, and needs at most the same amount of memory again. */
void store_open(uint64_t room);

/* Begins a file: the caller writes `size` bytes to `fd` and calls `store_finish`, which keeps the file. Without that
 * call nothing is kept. Returns NULL, or the problem. */
const char *store_begin(const char *name, uint16_t mode, uint64_t size, int *fd);
void store_finish(void);

bool store_has(const char *name);

/* Returns a descriptor of the sealed memory file with the program of this name, unchanged since it was sealed. It stays
 * open and belongs to the store. Returns -1 with errno; ENOENT: no program of this name is kept. */
int store_program(const char *name);

/* Writes all kept files that are not executable into the directory, except where this run has a file. Returns NULL, or
 * the name of the file that could not be written, with errno. */
const char *store_restore(int dir);

void store_drop(void);

/* Returns the most memory, in bytes, that the kept files take: their bytes, and a copy to execute. */
uint64_t store_held_bytes(void);

/* Copies `size` bytes from one file to another, each at its current position. Returns false with errno. */
bool copy_bytes(int from, int to, uint64_t size);

#endif
