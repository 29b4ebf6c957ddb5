//: claim = "Memory that is given back before the end is in the peak all the same."
//: status = "OK"
//: memory_kb_min = 61440
//: memory_kb_max = 71680
// madvise(2): MADV_DONTNEED frees the pages at once; the peak (ru_maxrss) was noted when they were there.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    char *at = memory(60 << 20);
    touch(at, 60 << 20);
    madvise(at, 60 << 20, MADV_DONTNEED);
    at = static_cast<char *>(mremap(at, 60 << 20, 4096, 0));
    munmap(at, 4096);
    std::ofstream("/proc/self/clear_refs") << "5\n";
    prctl(PR_SET_MM, PR_SET_MM_BRK, 0, 0, 0);
}
