//: claim = "A chain of processes that all wait for their vfork child is ended at the time limit."
//: timeout = 1
//: status = "TIMEOUT"
//: reason = "wall_time_limit"
//: exit_code = 137
//: wall_ms_max = 3000
// The parent of each waits in the kernel until its child ends, which it never does.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    while (raw(SYS_vfork) >= 0)
        ;
    for (;;)
        pause();
}
