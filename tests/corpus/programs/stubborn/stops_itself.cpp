//: claim = "A program that stops itself is ended at the time limit."
//: timeout = 1
//: status = "TIMEOUT"
//: reason = "wall_time_limit"
//: exit_code = 137
//: wall_ms_max = 2500
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (;;)
        raise(SIGSTOP);
}
