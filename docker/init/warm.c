#include "warm.h"

#include <errno.h>
#include <signal.h>
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
		int control;
		char request;
		if (descriptors_send(WARM_FD, &(struct iovec){&made, sizeof made}, 1, NULL, 0) < 0 ||
		    descriptors_receive(WARM_FD, &request, sizeof request, &control, 1, 0) <= 0)
			_exit(0);
		hooks->before();
		made = clone_box();
		if (made == 0) {
			box_main(control, &plan);
			return;
		}
		if (made < 0)
			made = -errno;
		hooks->in_parent();
		close(control);
	}
}
