//: claim = "The assembler embeds what the image has, which programs may read anyway: root, nobody and runner."
//: status = "OK"
//: stdout = "nobody\nroot\nrunner\n"
#include <bits/stdc++.h>
asm(".section .rodata\nbegin: .incbin \"/etc/passwd\"\nend: .byte 0\n.previous");
extern "C" const char begin[];
int main()
{
    std::istringstream text(begin);
    std::set<std::string> names;
    for (std::string line; std::getline(text, line);)
        names.insert(line.substr(0, line.find(':')));
    for (const std::string &name : names)
        std::cout << name << "\n";
}
