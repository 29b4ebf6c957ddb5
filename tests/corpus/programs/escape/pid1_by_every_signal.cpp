//: claim = "PID 1 outlives every signal that a C++ program sends it, by whichever call."
//: status = "OK"
//: stdout = "still here\n"
// kill(2): PID 1 gets only what it has handlers for. pidfd_send_signal, sigqueue and tgkill are other doors.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    long pidfd = raw(SYS_pidfd_open, 1);
    siginfo_t info = {};
    info.si_code = SI_QUEUE;
    for (int number = 1; number <= 64; number++) {
        info.si_signo = number;
        kill(1, number);
        raw(SYS_tgkill, 1, 1, number);
        raw(SYS_tkill, 1, number);
        raw(SYS_rt_sigqueueinfo, 1, number, reinterpret_cast<long>(&info));
        raw(SYS_rt_tgsigqueueinfo, 1, 1, number, reinterpret_cast<long>(&info));
        raw(SYS_pidfd_send_signal, pidfd, number, 0, 0);
    }
    // The kernel's own ways: a descriptor that signals PID 1 when there is something to read.
    int ends[2];
    if (pipe(ends) == 0 && fcntl(ends[0], F_SETOWN, 1) == 0) {
        fcntl(ends[0], F_SETSIG, SIGKILL);
        fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK);
        if (write(ends[1], "x", 1) != 1)
            breach("no pipe");
    }
    usleep(100000);
    if (kill(1, 0) != 0)
        breach("PID 1 is gone");
    std::cout << "still here\n";
}
