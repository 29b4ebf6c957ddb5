//: claim = "Huge pages cannot be had from the machine's pool, and transparent ones count like others."
//: status = "RUNTIME_ERROR"
//: reason = "memory_limit"
//: exit_code = 137
//: stdout_contains = ["contained: MAP_HUGETLB", "contained: SHM_HUGETLB"]
// The pool is one for the whole machine and in no limit of ours, were it not empty or forbidden.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    void *at = mmap(nullptr, 1 << 21, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    contained("MAP_HUGETLB", at == MAP_FAILED ? -1 : 0);
    contained("SHM_HUGETLB", shmget(IPC_PRIVATE, 1 << 21, IPC_CREAT | SHM_HUGETLB | 0600));
    char *large = memory(1ul << 30);
    madvise(large, 1ul << 30, MADV_HUGEPAGE);
    touch(large, 1ul << 30);
    breach("no limit");
}
