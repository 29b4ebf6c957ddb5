//: claim = "A peak from before an execve is charged to the program that follows it."
//: status = "OK"
//: stdout = "small again\n"
//: memory_kb_min = 61440
//: memory_kb_max = 71680
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    if (getenv("AGAIN")) {
        std::cout << "small again\n";
        return;
    }
    touch(memory(60 << 20), 60 << 20);
    char name[] = "main", *argv[] = {name, nullptr}, again[] = "AGAIN=1", *env[] = {again, nullptr};
    execve("/proc/self/exe", argv, env);
}
