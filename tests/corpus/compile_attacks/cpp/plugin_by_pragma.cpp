//: claim = "Neither a pragma nor an attribute loads a plugin into the compiler or has it write files."
//: status = "OK"
//: stdout = "no file\n"
//: compile_output_contains = ["bad option"]
#include <bits/stdc++.h>
#pragma GCC optimize("-fplugin=/workspace/main.cpp")
#pragma GCC optimize("-fdump-tree-all=/workspace/word")
__attribute__((optimize("-fplugin=/workspace/main.cpp", "-wrapper,/bin/sh"))) int main()
{
    std::puts(std::filesystem::is_empty("/workspace") ? "no file" : "BREACH: a file");
}
