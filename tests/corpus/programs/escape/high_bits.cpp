//: claim = "Garbage in the upper half of a call's number or pid does not get past the filter."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["ptrace"]
// The kernel takes 32 bits of the number and of a pid; a filter that looked at 64 would miss these.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    raw(0x7700000000L | SYS_ptrace, PTRACE_ATTACH, 0x7700000001L);
    returned();
}
