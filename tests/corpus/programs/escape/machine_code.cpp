//: claim = "Machine code that is written at run time is under the filter, too."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["ptrace"]
// No need for a compiler: bytes in executable memory are enough.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    // mov eax, 101 (ptrace); xor edi, edi (PTRACE_TRACEME); syscall; ret
    const unsigned char code[] = {0xb8, 101, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05, 0xc3};
    void *at = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(at, code, sizeof code);
    reinterpret_cast<void (*)()>(at)();
    returned();
}
