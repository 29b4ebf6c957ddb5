//: claim = "No x32 call reaches the kernel by its instruction."
//: status = "OK"
//: stdout = "contained: getpid: ENOSYS\ncontained: ptrace: ENOSYS\ncontained: ptrace of x32: ENOSYS\n"
// With bit 30 set a number is another call's to a filter that compares whole numbers (seccomp(2), "Caveats").
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    contained("getpid", raw(0x40000000 | SYS_getpid));
    contained("ptrace", raw(0x40000000 | SYS_ptrace, PTRACE_ATTACH, 1));
    contained("ptrace of x32", raw(0x40000000 | 521, PTRACE_ATTACH, 1));
}
