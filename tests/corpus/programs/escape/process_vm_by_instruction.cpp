//: claim = "Writing into PID 1's memory is refused or ends the program."
//: status = ["OK", "RUNTIME_ERROR"]
//: reason = ["none", "forbidden_syscall"]
//: stdout_contains = ["before"]
// Both are true: an engine whose own profile refuses the call (EPERM) answers before our filter can end the program.
// process_vm_writev(2): the same uid is enough where nothing else forbids it.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    char word[8] = "word";
    iovec ours = {word, 8}, theirs = {reinterpret_cast<void *>(0x400000), 8};
    contained("process_vm_writev", raw(SYS_process_vm_writev, 1, reinterpret_cast<long>(&ours), 1,
                                       reinterpret_cast<long>(&theirs), 1, 0));
}
