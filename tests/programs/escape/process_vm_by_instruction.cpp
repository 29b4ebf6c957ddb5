//: claim = "Writing into PID 1's memory ends the program."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["process_vm_writev"]
// process_vm_writev(2): the same uid is enough where nothing else forbids it.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    char word[8] = "word";
    iovec ours = {word, 8}, theirs = {reinterpret_cast<void *>(0x400000), 8};
    raw(SYS_process_vm_writev, 1, reinterpret_cast<long>(&ours), 1, reinterpret_cast<long>(&theirs), 1, 0);
    returned();
}
