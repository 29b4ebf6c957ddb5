//: claim = "CPU time of a process that is its parent's sibling, and tells nobody of its end, is charged."
//: status = "OK"
//: cpu_ms_min = 280
// wait4 of the program never sees it: its parent is PID 1, or it was made with exit signal 0.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (long flags : {long(CLONE_PARENT), 0L, long(CLONE_PARENT | SIGWINCH)})
        if (raw(SYS_clone, flags, 0) == 0) {
            burn_ms(100);
            _exit(0);
        }
    usleep(600000);
}
