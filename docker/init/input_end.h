/*
 * The end of an interactive program's input.
 *
 * When the other program has closed its output or has ended, this one reads end of file, but not before it has read all
 * that the other has said and waits for more. So its answer to a last line is known to be one, and is never taken for an
 * answer to the other's end, however busy the host is.
 */
#ifndef ZUKO_INPUT_END_H
#define ZUKO_INPUT_END_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum input_end_kind { INPUT_GOES_ON = 0, INPUT_CLOSED = 1, INPUT_OVER = 2 };

/* Begins a run. */
void input_end_begin(void);

/* The other program has closed its output or has ended. */
void input_end_ask(enum input_end_kind kind, uint64_t now_ns);

/* Returns the end that the program has read. */
enum input_end_kind input_end_heard(void);

/* Returns when to look next; UINT64_MAX: not by itself. */
uint64_t input_end_next_ns(void);

/* Returns true if the input has to be closed now.
 * `pipe` is an end of its pipe; `main_pid` its main process, -1: not known; `cpu_ns` what it has used so far. */
bool input_end_is_due(int pipe, pid_t main_pid, uint64_t cpu_ns, uint64_t now_ns);

/* Returns whether the program waits for input: it reads its empty input, or does nothing and does not sleep by itself. */
bool input_end_program_waits(int pipe, pid_t main_pid, uint64_t cpu_ns, uint64_t now_ns);

/* Returns whether a thread of any process but ours has something to do, whether it gets a core for it or not. */
bool input_end_anything_runs(void);

/* Returns for how long, in ns, a thread of a process has had something to do and no core, since it began: the longest of
 * its threads, as the kernel has counted up to its last turn. 0: for no time, or this kernel does not count it. */
uint64_t input_end_without_core_ns(pid_t pid);

/* Returns whether a process is about to end: its files are then closed before it can be reaped. */
bool input_end_is_exiting(pid_t pid);

#endif
