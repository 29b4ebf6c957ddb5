//: claim = "clone3 is not there, and threads and processes work all the same."
//: status = "OK"
//: stdout = "contained: clone3: ENOSYS\n42\n"
// Its flags are in memory, where no filter can look: a new user namespace would be one of them (clone(2)).
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
    } arguments = {.flags = CLONE_NEWUSER | CLONE_NEWNS, .exit_signal = SIGCHLD};
    contained("clone3", raw(SYS_clone3, reinterpret_cast<long>(&arguments), sizeof arguments));
    std::atomic<int> sum = 0;
    std::thread thread([&] { sum = 40; });
    thread.join();
    pid_t pid = fork();
    if (pid == 0)
        _exit(2);
    int status;
    waitpid(pid, &status, 0);
    std::cout << sum + WEXITSTATUS(status) << "\n";
}
