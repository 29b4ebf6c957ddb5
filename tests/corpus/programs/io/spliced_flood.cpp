//: claim = "Output that is spliced instead of written ends a program at the limit as well."
//: status = "RUNTIME_ERROR"
//: reason = "output_limit"
//: stdout_bytes = 1048576
//: stdout_truncated = true
//: message_contains = ["stdout"]
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    char *pages = memory(1 << 20);
    memset(pages, 'a', 1 << 20);
    fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20);
    for (iovec whole = {pages, 1 << 20}; vmsplice(STDOUT_FILENO, &whole, 1, 0) > 0;)
        ;
}
