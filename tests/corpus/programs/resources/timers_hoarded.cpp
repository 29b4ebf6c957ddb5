//: claim = "Timers are bounded by the number of signals that may wait."
//: status = "OK"
//: stdout = "EAGAIN\n"
// timer_create(2): each timer holds a queued signal of its uid's.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (int i = 0; i < 100000; i++) {
        sigevent event = {};
        event.sigev_notify = SIGEV_SIGNAL;
        event.sigev_signo = SIGRTMIN;
        timer_t timer;
        if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) {
            std::cout << strerrorname_np(errno) << "\n";
            return;
        }
    }
    breach("100000 timers");
}
