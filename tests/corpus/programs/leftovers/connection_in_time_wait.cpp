//: claim = "A connection on the loopback that has just been closed is nothing to the next run."
//: status = "OK"
//: stdout = "clean\n"
// It stays in TIME_WAIT for a minute, with its port.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#define LOOK  // what that defines is used here, too
#include "attack.h"

void attack()
{
    if (lines("/proc/net/tcp").size() > 1)
        breach("a connection is left");
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(8080);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0 || listen(server, 1) != 0 ||
        connect(client, reinterpret_cast<sockaddr *>(&address), sizeof address) != 0)
        breach(strerrorname_np(errno));
    int accepted = accept(server, nullptr, nullptr);
    close(client);
    close(accepted);
    std::cout << "clean\n";
}
