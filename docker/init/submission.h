/*
 * Receives a submission, frame by frame, before its run: files for the workspace, files to keep (store.c), and standard
 * input, which becomes a sealed memory file.
 */
#ifndef ZUKO_SUBMISSION_H
#define ZUKO_SUBMISSION_H

#include <stdbool.h>
#include <stdint.h>

/* Receives a file frame of `size` bytes: a file in the directory `dir`, for the next run only. */
void submission_take_file(uint32_t size, int dir);

/* Receives a keep frame: a file for every run from now on. */
void submission_keep_file(uint32_t size);

/* Receives an input frame: appends it to the next run's standard input. */
void submission_take_input(uint32_t size);
bool submission_has_input(void);

/* Returns a descriptor of the input, sealed and at its start. The caller owns it; the next run gets another file. */
int submission_seal_input(void);

#endif
