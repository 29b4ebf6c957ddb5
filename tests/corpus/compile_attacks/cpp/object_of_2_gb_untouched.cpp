//: claim = "2 GB that are zero are in no file, and cost what a run touches of them."
//: status = "OK"
//: memory_kb_max = 4096
char a[2000000000];
int main(int count, char **) { return a[count * 1000000]; }
