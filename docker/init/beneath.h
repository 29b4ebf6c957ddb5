/*
 * Paths in the workspace: directories are opened part by part, and no link is followed. What decodes a frame has
 * refused empty parts, "." and "..", so nothing outside of the directory can be reached.
 */
#ifndef ZUKO_BENEATH_H
#define ZUKO_BENEATH_H

#include <stdbool.h>

/* Opens the directory in which the last part of `path` is, which `last` then points to. That is `dir` itself if the path
 * has one part. With `make`, directories that do not exist are created. Returns -1 with errno. */
int beneath_open(int dir, const char *path, bool make, const char **last);

/* Closes what `beneath_open` returned, and preserves errno. */
void beneath_close(int dir, int parent);

#endif
