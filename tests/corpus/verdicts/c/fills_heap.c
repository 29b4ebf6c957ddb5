//: claim = "Fills memory."
//: verdict = "MLE"
//: memory_limit_kb = 32768
//: reason_contains = ["memory"]
#include <stdlib.h>
#include <string.h>

int main(void) {
    for (int i = 0; i < 1024; i++) {
        char *volatile block = malloc(1 << 20);
        if (block) memset(block, i, 1 << 20);
    }
}
