//: claim = "PID 1's namespaces cannot be entered, nor opened."
//: status = "OK"
//: stdout_contains = ["contained: mnt", "contained: pid", "contained: pidfd"]
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (std::string name : {"mnt", "pid", "net", "user", "ipc", "uts", "cgroup"})
        contained(name, open(("/proc/1/ns/" + name).c_str(), O_RDONLY));
    for (std::string name : {"root", "cwd", "fd/0", "exe", "map_files", "mem", "environ"})
        contained(name, open(("/proc/1/" + name).c_str(), O_RDONLY));
    long pidfd = raw(SYS_pidfd_open, 1);
    char info[64];
    contained("pidfd as a file", read(static_cast<int>(pidfd), info, sizeof info));
}
