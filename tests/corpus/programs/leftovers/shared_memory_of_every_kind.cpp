//: claim = "Shared memory of whatever kind, held by a process that lives on, is gone for the next run."
//: status = "OK"
//: stdout = "clean\n"
//: wall_ms_max = 1500
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    int shm = shm_open("/word", O_RDWR | O_CREAT | O_EXCL, 0666), sysv = shmget(0x7a75, 4096, IPC_CREAT | IPC_EXCL | 0666);
    if (shm < 0 || sysv < 0 || ftruncate(shm, 4096) < 0)
        breach(std::string("left by the last run: ") + strerrorname_np(errno));
    int hidden = memfd_create("word", 0);
    if (hidden < 0 || ftruncate(hidden, 1 << 20) < 0)
        breach("no memory file");
    for (int fd : {shm, hidden})
        strcpy(static_cast<char *>(mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)), "word");
    strcpy(static_cast<char *>(shmat(sysv, nullptr, 0)), "word");
    void *anonymous = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    touch(static_cast<char *>(anonymous), 1 << 20);
    if (fork() == 0)
        for (;;)
            pause();
    std::cout << "clean\n";
}
