//: claim = "A grandchild's peak is charged also if it moved its memory about and PID 1 alone waits for it."
//: status = "OK"
//: memory_kb_min = 61440
//: memory_kb_max = 71680
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    int ends[2];
    if (pipe(ends) != 0)
        breach("no pipe");
    if (fork() == 0) {
        if (fork() != 0)
            _exit(0);
        setsid();
        char *at = memory(60 << 20), *to = memory(60 << 20);
        touch(at, 60 << 20);
        mremap(at, 60 << 20, 60 << 20, MREMAP_MAYMOVE | MREMAP_FIXED, to);
        munmap(to, 60 << 20);
        _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
    }
    char byte;
    if (read(ends[0], &byte, 1) != 1)
        breach("no child");
}
