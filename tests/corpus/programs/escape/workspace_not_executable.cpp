//: claim = "Nothing that a program writes to a file can be executed or mapped as code."
//: status = "OK"
//: stdout = "contained: /workspace/copy: EACCES\ncontained: /workspace/copy mapped: EPERM\ncontained: /tmp/copy: EACCES\ncontained: /tmp/copy mapped: EPERM\ncontained: /dev/shm/copy: EACCES\ncontained: /dev/shm/copy mapped: EPERM\n"
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    for (std::string place : {"/workspace", "/tmp", "/dev/shm"}) {
        std::string path = place + "/copy";
        std::filesystem::copy_file("/proc/self/exe", path);
        chmod(path.c_str(), 0777);
        char *argv[] = {path.data(), nullptr};
        contained(path, execve(path.c_str(), argv, environ));
        int fd = open(path.c_str(), O_RDONLY);
        contained(path + " mapped", mmap(nullptr, 4096, PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
    }
}
