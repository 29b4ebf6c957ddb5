#include <fstream>
#include <iostream>

#include "choose.h"

int main(int, char **argv)
{
	std::ifstream file("words.txt");
	std::vector<std::string> words;
	for (std::string word; file >> word;)
		words.push_back(word);
	int number;
	std::cin >> number;
	std::cout << choose(words, number, argv[1] == std::string("down")) << "\n";
}
