//: claim = "A program that ends is answered at once, whatever forty children of its do."
//: status = "OK"
//: stdout = "done\n"
//: wall_ms_max = 1500
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (int i = 0; i < 40; i++)
        if (fork() == 0)
            for (;;)
                if (raw(SYS_fork) == 0)
                    sched_yield();
    std::cout << "done\n";
}
