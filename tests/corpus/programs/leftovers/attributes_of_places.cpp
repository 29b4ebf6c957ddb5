//: claim = "No time, mode or attribute of a writable place carries a word to the next run."
//: status = "OK"
//: stdout_excludes = ["found", "BREACH"]
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#define LOOK  // what that defines is used here, too
#include "attack.h"

void attack()
{
    look_at_files();
    for (std::string place : {"/workspace", "/tmp", "/dev/shm"}) {
        // It may own them, where they are its own: what counts is that the next program finds nothing.
        timespec times[2] = {{123456789, 1}, {123456789, 2}};
        utimensat(AT_FDCWD, place.c_str(), times, 0);
        setxattr(place.c_str(), "user.word", "x", 1, 0);
        chown(place.c_str(), getuid(), getgid());
        int fd = open(place.c_str(), O_RDONLY);
        int flags = 0x80;  // FS_NOATIME_FL
        ioctl(fd, _IOW('f', 2, long), &flags);
        close(open((place + "/file").c_str(), O_CREAT | O_WRONLY, 0600));  // its time changes now
        unlink((place + "/file").c_str());
        chmod(place.c_str(), 0111);
    }
    // What the program owns: the files of its own run.
    fsetxattr(STDIN_FILENO, "user.word", "x", 1, 0);
    setxattr("/proc/self/exe", "user.word", "x", 1, 0);
    uint64_t hint = 5;  // RWH_WRITE_LIFE_EXTREME
    fcntl(STDIN_FILENO, F_SET_RW_HINT, &hint);
    timespec times[2] = {{1, 1}, {1, 1}};
    futimens(STDIN_FILENO, times);
    utimensat(AT_FDCWD, "/proc/self/exe", times, 0);
}
