//: claim = "A forbidden call in a vfork child ends the program, though its parent is stuck."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["ptrace"]
// Until the child ends the parent waits in the kernel, unkillable but by SIGKILL.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    if (vfork() == 0) {
        raw(SYS_ptrace, PTRACE_TRACEME);
        _exit(0);
    }
    returned();
}
