//: claim = "Every program may have as many bytes of POSIX queues, however many the one before had."
//: status = "OK"
//: stdout = "9 queues\n"
// RLIMIT_MSGQUEUE counts for each uid, and the kernel ends an IPC namespace some time after its last process.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    mq_attr attributes = {};
    attributes.mq_maxmsg = 10;
    attributes.mq_msgsize = 8192;
    int count = 0;
    while (mq_open(("/" + std::to_string(count)).c_str(), O_CREAT | O_RDWR, 0600, &attributes) >= 0)
        count++;
    std::cout << count << " queues\n";
}
