//: claim = "Pages that are spliced into standard output and changed afterwards are read as some text, and nothing breaks."
//: status = "OK"
//: stdout_bytes = 65536
// vmsplice(2) puts the page itself into the pipe: what its reader sees may change between two looks.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    char *pages = memory(65536);
    memset(pages, 'a', 65536);
    std::atomic<bool> done = false;
    std::thread changer([&] {
        while (!done)
            memset(pages, "rbc"[rand() % 3], 65536);
    });
    iovec whole = {pages, 65536};
    while (whole.iov_len > 0) {
        ssize_t moved = vmsplice(STDOUT_FILENO, &whole, 1, SPLICE_F_GIFT);
        if (moved < 0)
            breach(strerrorname_np(errno));
        whole = {pages + 65536 - whole.iov_len + moved, whole.iov_len - moved};
    }
    done = true;
    changer.join();
}
