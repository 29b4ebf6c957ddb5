#include "warm.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "box.h"
#include "confine.h"
#include "descriptors.h"

/* Makes a box as a child of zuko-init, not of ours: it is zuko-init that watches and reaps it. Returns its pid. */
static pid_t clone_box(void)
{
	return (pid_t)syscall(SYS_clone, BOX_NAMESPACES | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
}

/* The init of a box is a copy of the runtime. In /proc/1/comm and /proc/1/cmdline programs see what they see without a
 * warm runtime. Returns in the process of a program, which has the runtime's own again. */
static void run_box(const int sockets[2], const struct box_plan *plan, const struct warm_hooks *hooks)
{
	static const char title[] = "zuko-init";
	char name[16], arguments[256], **argv = hooks->argv, *first = argv[0], *last = first;
	while (*argv)
		last = *argv++; /* they are behind each other */
	size_t size = (size_t)(last + strlen(last) + 1 - first);
	if (size > sizeof arguments)
		size = sizeof arguments;
	prctl(PR_GET_NAME, name);
	memcpy(arguments, first, size);
	prctl(PR_SET_NAME, title);
	memset(first, 0, size);
	memcpy(first, title, size < sizeof title ? size : sizeof title);
	box_main(sockets[0], sockets[1], plan, hooks->forked);
	memcpy(first, arguments, size);
	prctl(PR_SET_NAME, name);
}

void warm_serve(const struct warm_hooks *hooks)
{
	struct box_plan plan;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		_exit(1);
	confine_prepare();
	if (descriptors_receive(WARM_FD, &plan, sizeof plan, NULL, 0, 0) != sizeof plan)
		_exit(1);
	pid_t made = 0; /* tells that we are ready */
	for (;;) {
		int sockets[2]; /* of the box: control, starter */
		char request;
		if (descriptors_send(WARM_FD, &(struct iovec){&made, sizeof made}, 1, NULL, 0) < 0 ||
		    descriptors_receive(WARM_FD, &request, sizeof request, sockets, 2, 0) <= 0)
			_exit(0);
		hooks->before();
		made = clone_box();
		if (made == 0) {
			run_box(sockets, &plan, hooks);
			return;
		}
		if (made < 0)
			made = -errno;
		hooks->in_parent();
		close(sockets[0]);
		close(sockets[1]);
	}
}
