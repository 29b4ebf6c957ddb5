//: claim = "CPU time of vfork children whose end is ignored is charged."
//: status = "OK"
//: cpu_ms_min = 280
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 3; i++)
        if (vfork() == 0) {
            burn_ms(100);
            _exit(0);
        }
}
