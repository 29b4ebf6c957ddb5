//: claim = "No ring for asynchronous calls past the filter can be had by its instruction."
//: status = "OK"
//: stdout_contains = ["contained: io_uring_setup", "contained: io_uring_enter", "contained: io_uring_register", "contained: io_setup"]
// What a ring carries out no seccomp filter sees; Docker 20.10's profile allows it.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    char params[256] = {};
    contained("io_uring_setup", raw(425, 8, reinterpret_cast<long>(params)));
    contained("io_uring_enter", raw(426, 0, 1));
    contained("io_uring_register", raw(427, 0, 1));
    unsigned long context = 0;
    contained("io_setup", raw(SYS_io_setup, 1, reinterpret_cast<long>(&context)));
}
