//: claim = "Limits and profiling timers that a program sets itself change nothing of what it is charged."
//: status = "OK"
//: cpu_ms_min = 190
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    rlimit far = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_CPU, &far);
    signal(SIGPROF, SIG_IGN);
    itimerval often = {{0, 100}, {0, 100}};
    setitimer(ITIMER_PROF, &often, nullptr);
    sched_param idle = {};
    sched_setscheduler(0, SCHED_IDLE, &idle);
    setpriority(PRIO_PROCESS, 0, 19);
    burn_ms(200);
}
