#include <algorithm>

#include "choose.h"

std::string choose(std::vector<std::string> words, int number, bool down)
{
	std::sort(words.begin(), words.end());
	if (down)
		std::reverse(words.begin(), words.end());
	return words[number - 1];
}
