// What every C++ program here includes; it is sent along with each. It refuses to run outside a sandbox, before anything
// of the program's does, and has the two ways in which one reports: contained and BREACH.
//
// A program defines attack(). With -DLOOK, which takes as long again to compile, a program whose input is "look" looks
// around instead, and prints "clean" where nothing is left of a case that ran before in the same sandbox, or what it found.
// The program includes the standard library itself, before this: only then is its precompiled form used.

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

// What is below is compiled again with each of the programs: a third faster so.
#pragma GCC push_options
#pragma GCC optimize("O0")

namespace {

struct Guard {
    Guard()
    {
        if (access("/usr/local/sbin/zuko-init", F_OK) != 0)
            _exit(99);  // never outside a sandbox
    }
} guard;

[[maybe_unused, noreturn]] void breach(const std::string &what)
{
    std::cout << "BREACH: " << what << std::endl;
    _exit(1);
}

// An attempt, and what it returned: anything but an error is a breach.
[[maybe_unused]] void contained(const std::string &what, long result)
{
    if (result >= 0)
        breach(what + " succeeded");
    std::cout << "contained: " << what << ": " << strerrorname_np(errno) << std::endl;
}

// For what follows: it should not come back.
[[maybe_unused]] void before() { std::cout << "before" << std::endl; }
[[maybe_unused, noreturn]] void returned() { breach("the call returned"); }

// CPU time of this thread, spent in user mode.
[[maybe_unused]] void burn_ms(long ms)
{
    timespec now;
    volatile unsigned long sum = 0;
    do {
        for (int i = 0; i < 10000; i++)
            sum = sum * 5 + i;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    } while (now.tv_sec * 1000 + now.tv_nsec / 1000000 < ms);
}

[[maybe_unused]] void touch(volatile char *at, size_t size)
{
    for (size_t i = 0; i < size; i += 4096)
        at[i] = 1;
}

[[maybe_unused]] char *memory(size_t size)
{
    void *at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at == MAP_FAILED ? nullptr : static_cast<char *>(at);
}

// The system call by its instruction, past the C library and whatever it might have been made to do.
[[maybe_unused]] long raw(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0, long f = 0)
{
    long result;
    register long r10 asm("r10") = d;
    register long r8 asm("r8") = e;
    register long r9 asm("r9") = f;
    asm volatile("syscall"
                 : "=a"(result)
                 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                 : "rcx", "r11", "memory");
    if (result < 0 && result > -4096) {
        errno = static_cast<int>(-result);
        return -1;
    }
    return result;
}

// ---------------------------------------------------------------- looking around

#ifdef LOOK

int found_count;

[[maybe_unused]] void found(const std::string &what)
{
    found_count++;
    std::cout << "found: " << what << "\n";
}

[[maybe_unused]] void expect(const std::string &what, long actual, long expected)
{
    if (actual != expected)
        found(what + " is " + std::to_string(actual) + ", not " + std::to_string(expected));
}

std::vector<std::string> entries(const char *path)
{
    std::vector<std::string> names;
    DIR *folder = opendir(path);
    while (dirent *entry = folder ? readdir(folder) : nullptr)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            names.push_back(entry->d_name);
    if (folder)
        closedir(folder);
    return names;
}

std::vector<std::string> lines(const std::string &path)
{
    std::ifstream file(path);
    std::vector<std::string> all;
    for (std::string line; std::getline(file, line);)
        all.push_back(line);
    return all;
}

void look_at_files()
{
    for (const char *place : {"/workspace", "/tmp", "/dev/shm", "/dev/mqueue"}) {
        for (const std::string &name : entries(place))
            found(std::string(place) + "/" + name);
        char names[256];
        ssize_t size = listxattr(place, names, sizeof names);
        expect(std::string(place) + ": extended attributes", size > 0 ? size : 0, 0);
        struct stat stat;
        if (::stat(place, &stat) == 0) {
            expect(std::string(place) + ": mode", stat.st_mode & 07777, 01777);
            if (strcmp(place, "/dev/mqueue") != 0)
                expect(std::string(place) + ": owner", stat.st_uid == getuid() ? 0 : stat.st_uid, 0);
            // Emptying is what changed it last, or the start: a time that was set, or that tells of a file, is neither.
            if (stat.st_mtime > time(nullptr) + 1 || stat.st_mtime < 1700000000)
                found(std::string(place) + ": its time");
        }
    }
    for (int fd : {0, open("/proc/self/exe", O_RDONLY | O_CLOEXEC)}) {
        struct stat stat;
        char names[256];
        fstat(fd, &stat);
        ssize_t size = flistxattr(fd, names, sizeof names);
        expect("extended attributes", size > 0 ? size : 0, 0);
        if (stat.st_mtime > time(nullptr) + 1 || stat.st_mtime < time(nullptr) - 60)
            found("the time of a file that was made for this run");
        if (fd == 0)
            expect("position in standard input", lseek(0, 0, SEEK_CUR), 0);
        else
            close(fd);
    }
}

void look_at_processes()
{
    for (const std::string &name : entries("/proc"))
        if (isdigit(name[0]) && name != "1" && name != std::to_string(getpid()))
            found("process " + name);
    expect("parent", getppid(), 1);
    expect("session", getsid(0), getpid());
    expect("threads", entries("/proc/self/task").size(), 1);
    expect("descriptors", entries("/proc/self/fd").size(), 4);  // the fourth reads the directory
    expect("timers", lines("/proc/self/timers").size(), 0);
    for (const std::string &line : lines("/proc/self/status")) {
        std::string name = line.substr(0, line.find(':')), value = line.substr(line.find('\t') + 1);
        if ((name.starts_with("Sig") || name == "ShdPnd") && name != "SigQ" && value.find_first_not_of('0') < value.size())
            found(line);
    }
}

void look_at_kernel_objects()
{
    for (const char *list : {"shm", "sem", "msg"})
        expect(std::string("System V ") + list, lines(std::string("/proc/sysvipc/") + list).size(), 1);
    for (const char *list : {"unix", "tcp", "tcp6", "udp", "udp6"}) {
        size_t count = lines(std::string("/proc/net/") + list).size();
        expect(std::string("sockets: ") + list, count > 0 ? count - 1 : 0, 0);
    }
    for (const char *place : {"/workspace", "/tmp", "/dev/shm", "/usr/local/sbin/zuko-init", "/proc/self/exe"}) {
        int fd = open(place, O_RDONLY);  // not by /proc/locks, which counts those of other containers, too
        expect(std::string("a lock of ") + place, flock(fd, LOCK_EX | LOCK_NB), 0);
        close(fd);
    }
}

void look_at_limits()
{
    const std::pair<__rlimit_resource_t, rlim_t> limits[] = {
        {RLIMIT_CPU, RLIM_INFINITY}, {RLIMIT_FSIZE, RLIM_INFINITY}, {RLIMIT_AS, RLIM_INFINITY}, {RLIMIT_STACK, RLIM_INFINITY},
        {RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 256}, {RLIMIT_NICE, 0}, {RLIMIT_RTPRIO, 0}, {RLIMIT_SIGPENDING, 256},
    };
    for (auto [which, soft] : limits) {
        rlimit limit;
        getrlimit(which, &limit);
        expect("limit " + std::to_string(which), limit.rlim_cur, soft);
    }
    expect("nice", getpriority(PRIO_PROCESS, 0), 0);
    expect("policy", sched_getscheduler(0), SCHED_OTHER);
    expect("I/O priority", syscall(SYS_ioprio_get, 1, 0), 0);
    expect("personality", personality(0xffffffff), 0);
    expect("dumpable", prctl(PR_GET_DUMPABLE), 1);
    expect("subreaper", [] { int is = 0; prctl(PR_GET_CHILD_SUBREAPER, &is); return is; }(), 0);
    expect("timer slack", prctl(PR_GET_TIMERSLACK), 50000);
    expect("mask of new files", umask(022), 022);
    auto oom = lines("/proc/self/oom_score_adj");
    expect("oom_score_adj", oom.empty() ? 0 : atol(oom[0].c_str()), 1000);
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > 8192)
        found("a peak of memory: " + std::to_string(usage.ru_maxrss) + " KB");
}

#endif

}  // namespace

void attack();

int main()
{
#ifdef LOOK
    char word[4] = {};
    ssize_t size = pread(STDIN_FILENO, word, sizeof word, 0);
    if (size == sizeof word && memcmp(word, "look", sizeof word) == 0) {
        look_at_files();
        look_at_processes();
        look_at_kernel_objects();
        look_at_limits();
        if (found_count == 0)
            std::cout << "clean\n";
        return 0;
    }
#endif
    attack();
    std::cout.flush();
}

#pragma GCC pop_options
