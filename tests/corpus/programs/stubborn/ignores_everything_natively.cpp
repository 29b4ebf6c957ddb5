//: claim = "A family that blocks, ignores and handles every signal, and stops itself, is ended at the time limit."
//: timeout = 1
//: status = "TIMEOUT"
//: reason = "wall_time_limit"
//: exit_code = 137
//: wall_ms_max = 2500
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    sigset_t all;
    sigfillset(&all);
    for (int number = 1; number <= 64; number++)
        signal(number, number % 2 ? SIG_IGN : [](int) {});
    sigprocmask(SIG_BLOCK, &all, nullptr);
    for (int i = 0; i < 5; i++)
        if (fork() == 0) {
            setsid();
            prctl(PR_SET_DUMPABLE, 0);
            prctl(PR_SET_CHILD_SUBREAPER, 1);
            if (fork() == 0)
                raise(SIGSTOP);
        }
    for (;;)
        pause();
}
