//: claim = "A program cannot make PID 1 the victim when memory runs out."
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: exit_code = 137
//: stdout_contains = ["contained: oom_score_adj", "contained: clear_refs", "contained: autogroup"]
// proc(5): the kernel ends the one with the highest score, and a process may lower its own unless it is kept from it.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (std::string name : {"oom_score_adj", "oom_adj", "clear_refs", "autogroup", "timerslack_ns", "comm"})
        contained(name, open(("/proc/self/" + name).c_str(), O_WRONLY));
    contained("PID 1's oom_score_adj", open("/proc/1/oom_score_adj", O_WRONLY));
    if (char *at = memory(1ul << 30))
        touch(at, 1ul << 30);
    breach("no limit");
}
