int main() {
    return
