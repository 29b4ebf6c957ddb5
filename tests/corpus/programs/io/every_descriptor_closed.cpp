//: claim = "A program that closes every descriptor and goes on computing ends as itself."
//: status = "RUNTIME_ERROR"
//: exit_code = 5
//: stdout = "before\n"
//: stderr = ""
//: cpu_ms_min = 90
#include <bits/stdc++.h>  // first: only so is its precompiled form used
#include "attack.h"

void attack()
{
    before();
    syscall(SYS_close_range, 0u, ~0u, 0u);
    burn_ms(100);
    _exit(5);
}
