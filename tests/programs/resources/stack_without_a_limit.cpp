//: claim = "A stack whose limit the program has lifted ends at the limit of memory."
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: exit_code = 137
// setrlimit(2): the soft limit may be raised to the hard one, and a process that is executed then has the new one.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

static int deeper(int level)
{
    volatile char frame[65536];
    for (int i = 0; i < 65536; i += 4096)
        frame[i] = 1;
    return deeper(level + 1) + frame[level % 65536];
}

void attack()
{
    if (getenv("AGAIN"))
        std::cout << deeper(0);
    rlimit limit;
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_STACK, &limit);
    char name[] = "main", *argv[] = {name, nullptr}, again[] = "AGAIN=1", *env[] = {again, nullptr};
    execve("/proc/self/exe", argv, env);
}
