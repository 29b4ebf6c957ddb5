/*
 * Mounts of the sandbox: finds writable ones that would not be emptied, and keeps messages out of those that all share.
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

/* Mounts what programs share as read-only, in a mount namespace of their own. Programs do not own devices, but they may
 * set their times to the present (utimensat(2)), and listing a directory sets its time of access: that would be a
 * message to a later run. A device can be written to on a read-only mount, too. Returns NULL, or the path of a mount that
 * cannot be changed, with errno. */
const char *mounts_protect(void);

/* Sets the times of what `mounts_protect` protects to the present, which covers what a program made of them. */
void mounts_touch(void);

#endif
