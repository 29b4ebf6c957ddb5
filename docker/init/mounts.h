/*
 * What else is mounted in the sandbox.
 */
#ifndef ZUKO_MOUNTS_H
#define ZUKO_MOUNTS_H

/* A mount that a program could write to, or could make so as its owner, and that is not among `paths`: what is left
 * there would be found by the next program. It is the mount itself that is looked at, not each directory in it. Some
 * runtimes have such: crun on cgroup v1 mounts /sys/fs/cgroup for all to write to. NULL: there is none, or this runtime
 * does not tell; what it tells and cannot be read is named, too. */
const char *mounts_unlisted(const char *const *paths, int count);

#endif
