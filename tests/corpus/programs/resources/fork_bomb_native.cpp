//: claim = "A fork bomb in C++ stops at the limit of processes and is ended at the time limit."
//: timeout = 1
//: status = "TIMEOUT"
//: reason = "wall_time_limit"
//: exit_code = 137
//: wall_ms_max = 3000
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (;;)
        if (raw(SYS_fork) == 0)
            setsid();
}
