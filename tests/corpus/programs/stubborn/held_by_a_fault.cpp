//: claim = "A program that handles its own crash again and again is ended at the time limit."
//: timeout = 1
//: status = "TIMEOUT"
//: reason = "wall_time_limit"
//: exit_code = 137
//: wall_ms_max = 2500
// A handler that returns has the same instruction fault again: a loop that is in the kernel for the most part.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    stack_t other = {memory(65536), 0, 65536};
    sigaltstack(&other, nullptr);
    struct sigaction action = {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGSEGV, &action, nullptr);
    *reinterpret_cast<volatile int *>(8) = 1;
}
