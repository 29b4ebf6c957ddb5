//: claim = "Robust mutexes and file locks of a program that is ended are free for the next run."
//: status = "OK"
//: stdout = "clean\n"
//: wall_ms_max = 1500
// isolate 2.4 to 2.6 had leaks by file locks between two boxes.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (const char *path : {"/usr/local/sbin/zuko-init", "/etc/passwd", "/workspace", "/tmp", "/dev/shm"}) {
        int fd = open(path, O_RDONLY);
        if (flock(fd, LOCK_EX | LOCK_NB) != 0)
            breach(std::string("locked: ") + path);
        struct flock whole = {};
        whole.l_type = F_RDLCK;
        fcntl(fd, F_OFD_SETLK, &whole);
        fcntl(fd, F_SETLEASE, F_RDLCK);
    }
    int fd = shm_open("/mutex", O_RDWR | O_CREAT | O_EXCL, 0666);
    if (fd < 0 || ftruncate(fd, 4096) < 0)
        breach("left by the last run");
    auto *mutex = static_cast<pthread_mutex_t *>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(mutex, &attributes);
    if (fork() == 0) {
        pthread_mutex_lock(mutex);
        for (;;)
            pause();
    }
    std::cout << "clean\n";
}
