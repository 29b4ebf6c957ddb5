//: claim = "How the pages of a program's executable are put together, and where, tells the next run nothing."
//: status = "OK"
//: stdout = "contained: MADV_COLLAPSE: EINVAL\ncontained: mbind\n"
// One file is executed by many runs. A sealed file has a state beside its bytes: whether two megabytes of it are one page
// (smaps(5), ShmemPmdMapped), and its memory policy (mbind(2), get_mempolicy(2)).
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#define LOOK  // what that defines is used here, too
#include "attack.h"

volatile char padding[4 << 20] __attribute__((used)) = {1};

void attack()
{
    void *aligned = reinterpret_cast<void *>(0x200000000000);
    int fd = open("/proc/self/exe", O_RDONLY);
    auto *at = static_cast<char *>(mmap(aligned, 4 << 20, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0));
    for (size_t i = 0; i < 4 << 20; i += 4096)
        if (at[i] == 99)
            std::cout << "";
    bool is_ours = false;
    for (const std::string &line : lines("/proc/self/smaps")) {
        is_ours = line.starts_with("200000000000-") || (is_ours && isupper(line[0]));
        if (is_ours && line.starts_with("ShmemPmdMapped:") && line.find(" 0 kB") == std::string::npos)
            breach("a huge page is left: " + line);
    }
    contained("MADV_COLLAPSE", madvise(at, 2 << 20, 25));
    unsigned long nodes = 1;
    long bound = raw(SYS_mbind, reinterpret_cast<long>(at), 4096, 2 /* MPOL_BIND */, reinterpret_cast<long>(&nodes), 8, 0);
    if (bound == 0)
        breach("mbind");
    std::cout << "contained: mbind\n";  // the engine's own profile says EPERM before ours says ENOSYS
}
