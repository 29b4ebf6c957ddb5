//: claim = "Other files in the places of the standard streams are the program's own affair."
//: input = "text\n"
//: status = "OK"
//: stdout = "before\n"
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    int null = open("/dev/null", O_RDWR), file = open("/workspace/out", O_RDWR | O_CREAT, 0600);
    dup2(null, STDIN_FILENO);
    dup2(file, STDOUT_FILENO);
    dup2(file, STDERR_FILENO);
    std::cout << "to a file" << std::endl;
    std::cerr << "to a file" << std::endl;
}
