//: claim = "A program's executable cannot be changed, by any way to it."
//: status = "OK"
//: stdout_contains = ["contained: open for writing", "contained: pwrite by /proc/self/mem", "contained: ftruncate", "contained: a shared writable mapping", "contained: unsealing", "contained: a hole in it"]
// It is a sealed memory file of the same owner, and made anew for each run.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    chmod("/proc/self/exe", 0700);
    contained("open for writing", open("/proc/self/exe", O_RDWR));
    contained("truncate", truncate("/proc/self/exe", 0));
    int fd = open("/proc/self/exe", O_RDONLY), memory = open("/proc/self/mem", O_RDWR);
    contained("pwrite by /proc/self/mem", memory < 0 ? -1 : pwrite(memory, "word", 4, 0x400000));
    contained("ftruncate", ftruncate(fd, 0));
    contained("a shared writable mapping", mmap(nullptr, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    contained("unsealing", fcntl(fd, F_ADD_SEALS, 0));
    contained("a hole in it", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    contained("a link to it", linkat(AT_FDCWD, "/proc/self/exe", AT_FDCWD, "/workspace/main", AT_SYMLINK_FOLLOW));
    contained("a link to its descriptor", linkat(fd, "", AT_FDCWD, "/workspace/main", AT_EMPTY_PATH));
}
