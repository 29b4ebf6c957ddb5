//: claim = "A forbidden call ends the program also while signals keep interrupting all who make it."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: message_contains = ["ptrace"]
//: wall_ms_max = 1500
// A caller that waits for the supervisor's answer can be interrupted: its notification goes, and it asks again. Who
// waited for that very notification would wait forever (seccomp_unotify(2)).
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (int i = 0; i < 20; i++)
        if (fork() == 0) {
            signal(SIGALRM, [](int) {});
            itimerval often = {{0, 50}, {0, 50}};
            setitimer(ITIMER_REAL, &often, nullptr);
            for (;;)
                if (raw(SYS_ptrace, PTRACE_TRACEME) >= 0)
                    breach("the call returned");
        }
    for (;;)
        pause();
}
