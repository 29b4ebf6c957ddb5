//: claim = "Taking a descriptor of PID 1's is refused or ends the program."
//: status = ["OK", "RUNTIME_ERROR"]
//: reason = ["none", "forbidden_syscall"]
//: stdout_contains = ["before"]
// Both are true: an engine whose own profile refuses the call (EPERM) answers before our filter can end the program.
// pidfd_getfd(2) would hand over the stream to the host.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    long pidfd = raw(SYS_pidfd_open, 1);
    for (int number = 0; number < 16; number++)
        contained("pidfd_getfd", raw(SYS_pidfd_getfd, pidfd, number));
}
