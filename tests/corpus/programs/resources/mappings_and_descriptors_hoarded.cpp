//: claim = "Mappings, descriptors and watches end at a limit, and the program learns which."
//: timeout = 5
//: status = "OK"
//: stdout_contains = ["mappings: ENOMEM", "descriptors: EMFILE"]
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    errno = 0;
    int pages = 0;
    for (; pages < 1000000; pages++)  // every other one, so that no two become one
        if (mmap(nullptr, 4096, pages % 2 ? PROT_NONE : PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
            break;
    int problem = errno;
    // Room for what prints this.
    std::cout.flush();
    dprintf(STDOUT_FILENO, "mappings: %s\n", strerrorname_np(problem));
    while (epoll_create1(0) >= 0)
        ;
    dprintf(STDOUT_FILENO, "descriptors: %s\n", strerrorname_np(errno));
    _exit(pages < 1000000 ? 0 : 1);
}
