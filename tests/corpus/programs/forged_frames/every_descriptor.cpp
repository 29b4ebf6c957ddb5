//: claim = "A result that is written to every descriptor that can be found is output and nothing more."
//: status = "RUNTIME_ERROR"
//: exit_code = 3
//: stdout_contains = ["frame"]
//: stderr_contains = ["frame"]
// Docker's stream header, then a result of ours that claims exit code 0 (docs/reference/protocol.md).
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    std::string result("\x01\x01\0\0\1", 5);
    result += std::string("\0\0\0\0\0\0\0\0", 8) + std::string(28, '\0') + std::string("\0\0\0\0\0\0\0\0\0\0", 10);
    std::string frame = "frame";
    frame += std::string("\1\0\0\0\0\0\0", 7) + static_cast<char>(5 + result.size());
    frame += 'r';
    frame += static_cast<char>(result.size());
    frame += std::string("\0\0\0", 3) + result;
    for (int fd = 0; fd < 4096; fd++)
        if (write(fd, frame.data(), frame.size()) < 0 && errno != EBADF && errno != EINVAL && errno != EPERM)
            breach("descriptor " + std::to_string(fd) + ": " + strerrorname_np(errno));
    for (std::string owner : {"self", "1", "thread-self"})
        for (int fd = 0; fd < 64; fd++) {
            std::string path = "/proc/" + owner + "/fd/" + std::to_string(fd);
            int opened = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
            if (opened >= 0 && owner == "1")
                breach(path);
            if (opened >= 0 && write(opened, frame.data(), frame.size()) < 0)
                continue;
        }
    exit(3);
}
