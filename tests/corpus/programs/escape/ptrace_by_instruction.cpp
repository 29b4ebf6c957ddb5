//: claim = "ptrace of PID 1 by the bare instruction ends the program."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["ptrace"]
// No library stands between: wrappers and LD_PRELOAD would not be there either.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    raw(SYS_ptrace, 0x4206, 1);  // PTRACE_SEIZE
    returned();
}
