//: claim = "What a program leaves under the name of its own executable is not what the next run executes."
//: status = "OK"
//: stdout = "clean\n"
// A runner that looked the name up in the workspace would execute, or write through, what the last run put there.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (std::string place : {"/workspace", "/tmp"})
        for (std::string name : {"main", "main.cpp", "a.out", "attack.h"}) {
            std::string path = place + "/" + name;
            if (access(path.c_str(), F_OK) == 0)
                breach("found " + path);
        }
    symlink("/proc/self/exe", "/workspace/main") == 0 || (breach("no link"), 0);
    symlink("/dev/full", "/workspace/main.cpp") == 0 || (breach("no link"), 0);
    mkfifo("/workspace/a.out", 0777) == 0 || (breach("no FIFO"), 0);
    mkdir("/workspace/attack.h", 0) == 0 || (breach("no directory"), 0);
    std::ofstream("/tmp/main") << "#!/bin/sh\necho BREACH: the last run's\n";
    chmod("/tmp/main", 0777);
    std::cout << "clean\n";
}
