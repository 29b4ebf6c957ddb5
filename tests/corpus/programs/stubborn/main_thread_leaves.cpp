//: claim = "A program whose first thread has ended goes on until its others do."
//: status = "RUNTIME_ERROR"
//: exit_code = 7
//: stdout = "the other thread\n"
//: cpu_ms_min = 90
// Its process is a zombie to the eye, and there is no end to wait for.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    pthread_t thread;
    pthread_create(&thread, nullptr, [](void *) -> void * {
        burn_ms(100);
        std::cout << "the other thread" << std::endl;
        _exit(7);
    }, nullptr);
    pthread_detach(thread);
    syscall(SYS_exit, 0);
}
