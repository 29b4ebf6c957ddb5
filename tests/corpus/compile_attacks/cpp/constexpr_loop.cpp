//: claim = "A loop without an end at compile time is refused at the compiler's own limit."
//: status = "COMPILE_ERROR"
//: reason = "compile_failed"
constexpr int spin(long n)
{
    while (true)
        n++;
    return n;
}
constexpr int x = spin(0);
int main() {}
