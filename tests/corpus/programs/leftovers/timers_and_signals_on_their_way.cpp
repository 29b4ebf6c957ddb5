//: claim = "Timers, queued signals and alarms of one run do not reach the next."
//: status = "OK"
//: stdout = "clean\n"
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    sigset_t pending, all;
    sigpending(&pending);
    for (int number = 1; number <= 64; number++)
        if (sigismember(&pending, number) == 1)
            breach("a signal waits");
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, nullptr);
    signal(SIGTERM, SIG_IGN);
    itimerval soon = {{0, 1000}, {0, 1000}};
    for (int which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF})
        setitimer(static_cast<__itimer_which_t>(which), &soon, nullptr);
    for (int i = 0; i < 300; i++) {
        sigevent event = {};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGRTMIN;
        timer_t timer;
        if (timer_create(CLOCK_REALTIME, &event, &timer) != 0)
            break;
        itimerspec every = {{0, 1000000}, {0, 1000000}};
        timer_settime(timer, 0, &every, nullptr);
        sigqueue(getpid(), SIGRTMIN + 1, {});
    }
    if (nice(5) != 5)
        breach("not at 0");
    umask(0);
    if (fork() == 0)
        for (;;)
            sigqueue(1, SIGRTMIN + 2, {});
    usleep(20000);
    std::cout << "clean\n";
}
