/*
 * Patterns of files to take. In a part of a path `*` stands for any number of characters and `?` for one byte; a part
 * `**` stands for any number of directories. A name matches as it is: one that begins with a dot is not special.
 */
#ifndef ZUKO_PATTERN_H
#define ZUKO_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/* Returns true if it is a pattern, false if it is the path of one file. */
bool pattern_is(const char *pattern);

/* Returns true if the pattern matches a path. Adds what the comparison took to `steps`. */
bool pattern_matches(const char *pattern, const char *path, uint64_t *steps);

/* Returns true if the pattern may match a path below this directory. */
bool pattern_leads_on(const char *pattern, const char *directory, uint64_t *steps);

#endif
