/*
 * Starts a program under a seccomp filter with a listener. The kernel allows only one, so zuko-init cannot have its own
 * and falls back to FILTER_KILL, as on a kernel without notifications.
 *
 *   listener PROGRAM [ARG...]     PROGRAM inherits the listener's descriptor and has to stay alive to keep it open
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
