//: claim = "A program may have a smaller stack if it likes, and is ended by SIGSEGV where that ends."
//: status = "RUNTIME_ERROR"
//: reason = "signal"
//: exit_code = 139
//: memory_kb_max = 16384
// setrlimit(2): what is executed then has the new limit, and the next run has the old one.
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
    rlimit limit = {4 << 20, 4 << 20};
    setrlimit(RLIMIT_STACK, &limit);
    char name[] = "main", *argv[] = {name, nullptr}, again[] = "AGAIN=1", *env[] = {again, nullptr};
    execve("/proc/self/exe", argv, env);
}
