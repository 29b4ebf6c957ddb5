#include <string>
#include <vector>

std::string choose(std::vector<std::string> words, int number, bool down);
