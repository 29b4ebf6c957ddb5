/*
 * Starts a program where a seccomp filter with a listener is already in force: the kernel allows one, so zuko-init
 * cannot have its own and falls back to FILTER_KILL, as where the kernel has no notifications at all.
 *
 *   listener PROGRAM [ARG...]     PROGRAM inherits the descriptor, and has to stay alive: without it there is no
 *                                 listener any more
 */
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {.len = 1, .filter = &allow};
	if (argc < 2)
		errx(2, "usage: listener PROGRAM [ARG...]");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		err(2, "no_new_privs");
	int fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (fd < 0)
		err(2, "seccomp");
	if (fcntl(fd, F_SETFD, 0) < 0)
		err(2, "fcntl");
	execvp(argv[1], argv + 1);
	err(2, "%s", argv[1]);
}
