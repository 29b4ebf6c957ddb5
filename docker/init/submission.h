/*
 * A submission as it comes in, frame by frame, before its run: files for the workspace, files that are kept (store.c),
 * and standard input, which is a sealed file in memory.
 */
#ifndef ZUKO_SUBMISSION_H
#define ZUKO_SUBMISSION_H

#include <stdbool.h>
#include <stdint.h>

/* A file frame of `size` bytes: a file of the directory `dir`, for the next run alone. */
void submission_take_file(uint32_t size, int dir);

/* A keep frame: a file that every run has from now on. */
void submission_keep_file(uint32_t size);

/* An input frame: more of the next run's standard input. */
void submission_take_input(uint32_t size);
bool submission_has_input(void);

/* A descriptor of what came as input, sealed and at its start. It is that run's; the next one gets another. */
int submission_seal_input(void);

#endif
