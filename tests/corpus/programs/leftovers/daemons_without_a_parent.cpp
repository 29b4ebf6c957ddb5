//: claim = "Processes that were made without a signal for their end, and as their parent's siblings, are ended and gone."
//: status = "OK"
//: stdout = "clean\n"
//: wall_ms_max = 1500
// clone(2): with CLONE_PARENT the new one is PID 1's own child; with exit signal 0 a plain wait() does not see it.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#define LOOK  // what that defines is used here, too
#include "attack.h"

void attack()
{
    auto others = entries("/proc");
    if (std::count_if(others.begin(), others.end(), [](auto &name) { return isdigit(name[0]); }) != 2)
        breach("a process is left");
    for (long flags : {0L, long(CLONE_PARENT), long(CLONE_PARENT | SIGUSR1), long(CLONE_UNTRACED), long(SIGKILL)})
        if (raw(SYS_clone, flags, 0) == 0) {
            for (int number = 1; number <= 64; number++)
                signal(number, SIG_IGN);
            if (raw(SYS_clone, CLONE_PARENT, 0) >= 0)
                for (;;)
                    pause();
        }
    usleep(10000);
    std::cout << "clean\n";
}
