//: claim = "Memory that grows by being mapped elsewhere ends at the limit."
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: exit_code = 137
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    size_t size = 1 << 20;
    for (char *at = memory(size); at && size < 1ul << 33; size *= 2) {
        touch(at + size / 2, size / 2);
        void *moved = mremap(at, size, size * 2, MREMAP_MAYMOVE);
        at = moved == MAP_FAILED ? nullptr : static_cast<char *>(moved);
    }
    breach("no limit");
}
