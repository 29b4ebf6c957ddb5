//: claim = "Standard input can be read again and mapped, and by no way be changed."
//: input = "line one\nline two\n"
//: status = "OK"
//: stdout_contains = ["contained: write", "contained: reopen", "contained: ftruncate", "contained: mapping", "contained: a seal", "line one line one line two"]
// A descriptor of /proc/self/fd/0 is another way to the same file, with its own rights.
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    fchmod(STDIN_FILENO, 0777);
    contained("write", write(STDIN_FILENO, "word", 4));
    int again = open("/proc/self/fd/0", O_RDWR);
    contained("reopen and write", again < 0 ? -1 : pwrite(again, "word", 4, 0));
    contained("ftruncate", ftruncate(again < 0 ? STDIN_FILENO : again, 1));
    int fd = again < 0 ? STDIN_FILENO : again;
    contained("mapping", mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
    contained("a seal less", fcntl(fd, F_ADD_SEALS, 0));
    std::string line, second;
    std::getline(std::cin, line);
    std::cin.sync();
    lseek(STDIN_FILENO, 0, SEEK_SET);
    char whole[32] = {};
    if (read(STDIN_FILENO, whole, sizeof whole) != 18)
        breach("another size");
    std::replace(whole, whole + 18, '\n', ' ');
    std::cout << line << ' ' << whole << "\n";
}
