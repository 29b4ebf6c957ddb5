//: claim = "A 32-bit system call, whose numbers mean other calls, ends a C++ program."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["foreign architecture"]
// int 0x80 enters the kernel by its 32-bit door from 64-bit code: 26 is ptrace there and msync here (seccomp(2), "Caveats").
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    int result;
    asm volatile("int $0x80" : "=a"(result) : "a"(26), "b"(0), "c"(0), "d"(0), "S"(0) : "memory", "r8", "r9", "r10", "r11");
    returned();
}
