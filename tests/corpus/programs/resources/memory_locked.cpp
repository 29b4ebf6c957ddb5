//: claim = "No memory can be locked beyond 64 KiB."
//: status = "OK"
//: stdout_contains = ["contained: mlock", "contained: mlockall", "contained: MAP_LOCKED", "contained: a higher limit"]
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    char *at = memory(1 << 20);
    contained("mlock", mlock(at, 1 << 20));
    contained("mlockall", mlockall(MCL_CURRENT | MCL_FUTURE));
    void *locked = mmap(nullptr, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    contained("MAP_LOCKED", locked == MAP_FAILED ? -1 : 0);
    rlimit more = {1 << 20, 1 << 20};
    contained("a higher limit", setrlimit(RLIMIT_MEMLOCK, &more));
}
