//: claim = "Taking a descriptor of PID 1's ends the program."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "before\n"
//: message_contains = ["pidfd_getfd"]
// pidfd_getfd(2) would hand over the stream to the host.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    long pidfd = raw(SYS_pidfd_open, 1);
    raw(SYS_pidfd_getfd, pidfd, 0);
    returned();
}
