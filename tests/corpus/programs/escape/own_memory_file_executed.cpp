//: claim = "A program that executes a memory file of its own is under the same filter afterwards."
//: status = "RUNTIME_ERROR"
//: reason = "forbidden_syscall"
//: exit_code = 137
//: stdout = "from a memory file\n"
//: message_contains = ["ptrace"]
// Not a hole in noexec, which keeps nobody from native code: a compiled program is native code, and its pages may be
// executable. What holds is inherited through execve: filter, Landlock, no-new-privileges, the cgroup.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    if (getenv("AGAIN")) {
        std::cout << "from a memory file" << std::endl;
        raw(SYS_ptrace, PTRACE_ATTACH, 1);
        returned();
    }
    int own = open("/proc/self/exe", O_RDONLY), copy = memfd_create("copy", MFD_CLOEXEC);
    char buffer[65536];
    for (ssize_t got; (got = read(own, buffer, sizeof buffer)) > 0;)
        if (write(copy, buffer, got) != got)
            breach("no room");
    char *argv[] = {buffer, nullptr}, again[] = "AGAIN=1", *env[] = {again, nullptr};
    fexecve(copy, argv, env);
    std::cout << "execve: " << strerrorname_np(errno) << std::endl;
}
