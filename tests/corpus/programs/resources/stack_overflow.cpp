//: claim = "Recursion without an end ends at the limit of memory, which a stack may take all of."
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: exit_code = 137
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

static int deeper(int level)
{
    volatile char frame[1024];
    frame[level % 1024] = 1;
    return deeper(level + 1) + frame[0];
}

void attack() { std::cout << deeper(0); }
