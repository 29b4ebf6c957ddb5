/*
 * What else is mounted in the sandbox.
 */
#ifndef ZUKO_MOUNTS_H
#define ZUKO_MOUNTS_H

/* A mount that a program could write to and that is not among `paths`: what is left there would be found by the next
 * program. NULL: there is none, or this runtime does not tell. Some have one of their own: crun on cgroup v1 mounts
 * /sys/fs/cgroup for all to write to. */
const char *mounts_unlisted(const char *const *paths, int count);

#endif
