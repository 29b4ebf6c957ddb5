//: claim = "CPU time of a process that is its parent's sibling, and ends without a signal to anyone, is charged."
//: timeout = 5
//: status = "OK"
//: cpu_ms_min = 280
// wait4 of the program never sees it: its parent is PID 1, or it was made with exit signal 0.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    int ends[2];
    if (pipe(ends) != 0)
        breach("no pipe");
    for (long flags : {long(CLONE_PARENT), 0L, long(CLONE_PARENT | SIGWINCH)})
        if (raw(SYS_clone, flags, 0) == 0) {
            burn_ms(100);
            _exit(0);
        }
    close(ends[1]);
    char byte;
    if (read(ends[0], &byte, 1) != 0)  // end of file: when the last of them is gone
        breach("somebody writes");
}
