//: claim = "Sockets that are on their way to each other in a circle keep nothing alive for the next run."
//: status = "OK"
//: stdout = "clean\n"
// unix(7), SCM_RIGHTS: a descriptor in a message needs no process; the kernel has a collector for circles of them.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#define LOOK  // what that defines is used here, too
#include "attack.h"

static void send_over(int socket, int fd)
{
    char byte = 'x', room[CMSG_SPACE(sizeof(int))] = {};
    iovec part = {&byte, 1};
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    sendmsg(socket, &message, MSG_DONTWAIT);
}

void attack()
{
    if (lines("/proc/net/unix").size() > 1)
        breach("a socket is left");
    for (int i = 0; i < 20; i++) {
        int ends[2], held = memfd_create("word", 0);
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) != 0 || ftruncate(held, 1 << 20) != 0)
            break;
        send_over(ends[0], ends[0]);
        send_over(ends[0], ends[1]);
        send_over(ends[1], ends[0]);
        send_over(ends[0], held);
        for (int fd : {ends[0], ends[1], held})
            close(fd);
    }
    int named = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {AF_UNIX, "\0zuko-word"};
    if (bind(named, reinterpret_cast<sockaddr *>(&address), sizeof(sa_family_t) + 10) != 0)
        breach("the name is taken");
    listen(named, 5);
    if (fork() == 0)
        for (;;)
            pause();
    std::cout << "clean\n";
}
