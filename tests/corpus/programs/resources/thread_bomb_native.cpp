//: claim = "Threads are bounded as processes are, and a program that gets no more of them learns it."
//: status = "OK"
//: stdout = "EAGAIN\n"
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    std::vector<pthread_t> threads;
    for (int i = 0; i < 1000; i++) {
        pthread_t thread;
        int problem = pthread_create(&thread, nullptr, [](void *) -> void * { for (;;) pause(); }, nullptr);
        if (problem != 0) {
            std::cout << strerrorname_np(problem) << std::endl;
            _exit(threads.size() < 64 ? 0 : 1);
        }
        threads.push_back(thread);
    }
    breach("1000 threads");
}
