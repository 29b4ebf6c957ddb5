//: claim = "Messages in POSIX and System V queues are gone for the next run."
//: status = "OK"
//: stdout = "clean\n"
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    mq_attr attributes = {};
    attributes.mq_maxmsg = 8;
    attributes.mq_msgsize = 64;
    mqd_t queue = mq_open("/word", O_RDWR | O_CREAT | O_EXCL, 0666, &attributes);
    int old = msgget(0x7a75, IPC_CREAT | IPC_EXCL | 0666), set = semget(0x7a75, 4, IPC_CREAT | IPC_EXCL | 0666);
    if (queue < 0 || old < 0 || set < 0)
        breach(std::string("left by the last run: ") + strerrorname_np(errno));
    sigevent event = {};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    mq_notify(queue, &event);
    struct {
        long type;
        char text[32];
    } message = {1, "word"};
    msgsnd(old, &message, sizeof message.text, 0);
    signal(SIGUSR1, SIG_IGN);
    mq_send(queue, "word", 4, 0);
    sembuf undo = {0, 5, SEM_UNDO};
    semop(set, &undo, 1);
    std::cout << "clean\n";
}
