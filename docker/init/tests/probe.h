/*
 * The parts of the program that the tests of zuko-init run (probe.c).
 */
#ifndef PROBE_H
#define PROBE_H

#include <sys/types.h>

#define FAILED 99

struct command {
	const char *name; /* NULL: the last */
	int (*action)(char **arg);
	int arguments; /* at least */
};

extern const struct command attacks[];   /* probe_attacks.c */
extern const struct command leftovers[]; /* probe_leftovers.c */

/* Returns "OK" or "EPERM". */
const char *error_name(int error);

/* Prints "name OK" or "name EPERM". */
void report(const char *name, long result);

pid_t fork_checked(void);

__attribute__((noreturn)) void wait_forever(void);

/* Writes so many bytes. */
void fill(int fd, long size);

#endif
