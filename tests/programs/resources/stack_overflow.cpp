//: claim = "Recursion without an end is ended by SIGSEGV at the limit of the stack."
//: status = "RUNTIME_ERROR"
//: reason = "signal"
//: exit_code = 139
//: memory_kb_max = 16384
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

static int deeper(int level)
{
    volatile char frame[1024];
    frame[level % 1024] = 1;
    return deeper(level + 1) + frame[0];
}

void attack() { std::cout << deeper(0); }
