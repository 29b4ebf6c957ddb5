//: claim = "CPU time of threads that an execve takes away is charged."
//: status = "OK"
//: stdout = "again\n"
//: cpu_ms_min = 280
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    if (getenv("AGAIN")) {
        std::cout << "again\n";
        return;
    }
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; i++)
        threads.emplace_back([] {
            burn_ms(100);
            for (;;)
                pause();
        });
    timespec now;
    do {
        usleep(10000);
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < 300);
    char name[] = "main", *argv[] = {name, nullptr}, again[] = "AGAIN=1", *env[] = {again, nullptr};
    std::thread([&] { execve("/proc/self/exe", argv, env); }).join();
}
