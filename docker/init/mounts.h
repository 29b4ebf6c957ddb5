/*
 * Finds writable mounts of the sandbox that would not be emptied.
 */
#ifndef ZUKO_MOUNTS_H
#define ZUKO_MOUNTS_H

/* Returns the path of a mount that is not in `paths` and that a program could write to, or could make writable as its
 * owner: the next program would find what was left there. Checks the mount itself, not the directories in it. Some
 * runtimes have such mounts: crun on cgroup v1 mounts /sys/fs/cgroup writable for all.
 *
 * Returns NULL if there is none, or if this runtime has no /proc/self/mounts. A line that cannot be read counts as such
 * a mount: the returned text then says so. */
const char *mounts_unlisted(const char *const *paths, int count);

#endif
