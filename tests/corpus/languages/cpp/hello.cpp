#include <bits/stdc++.h>

int main()
{
    std::string name;
    std::getline(std::cin, name);
    std::cout << "Hello, " << name << "!" << std::endl;
}
