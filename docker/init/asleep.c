#include "asleep.h"

#include <stdbool.h>
#include <stdlib.h>

#include "current.h"
#include "host.h"
#include "watch.h"

#define LOOK_NS (100 * NS_PER_MS) /* between two looks */
#define IDLE_CPU_NS NS_PER_MS     /* a program that uses less between two looks, and wants no more, sleeps */

static struct {
	bool is_reported; /* that it sleeps */
	uint64_t next_ns, cpu_ns; /* time of the next look; CPU time at the last one */
} asleep;

/* An older host does not know these frames, and an older image ignores a variable that it does not know.
 * A core is only lent if the wall time can stand still meanwhile. */
static bool is_asked_for(void)
{
	return getenv("TELL_SLEEP") && sandbox->account.kept_off_fd >= 0 && !run.request.linked;
}

void asleep_begin(uint64_t now)
{
	asleep.is_reported = false;
	asleep.cpu_ns = 0;
	asleep.next_ns = is_asked_for() ? now + LOOK_NS : UINT64_MAX;
}

uint64_t asleep_look(uint64_t now)
{
	if (now < asleep.next_ns)
		return asleep.next_ns;
	asleep.next_ns = now + LOOK_NS;
	uint64_t cpu = watch_cpu_ns();
	if (cpu == UNKNOWN_U64)
		return asleep.next_ns;
	bool is_idle = cpu < asleep.cpu_ns + IDLE_CPU_NS;
	asleep.cpu_ns = cpu;
	/* One that wants a core and gets none, on a busy host, does not sleep. */
	bool has_changed = asleep.is_reported ? !is_idle : is_idle && !input_end_anything_runs();
	if (has_changed && send_now(asleep.is_reported ? FRAME_WORKS : FRAME_SLEEPS))
		asleep.is_reported = !asleep.is_reported;
	return asleep.next_ns;
}

void asleep_end(void)
{
	if (asleep.is_reported && send_now(FRAME_WORKS))
		asleep.is_reported = false;
}
