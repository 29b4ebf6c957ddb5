/*
 * The filter. It forbids what Docker's default profile forbids, and what that profile allows but no program needs
 * (Docker 20.10 allows io_uring_setup, AF_VSOCK, ptrace, prlimit on PID 1 ...). So it does not depend on the engine's
 * profile. If that one is in force too, its errno wins: an errno has precedence over a notification (seccomp(2)).
 *
 * The init of each box installs it, once its namespaces are made; without boxes, zuko-init on itself when the sandbox
 * starts. Programs inherit it. A call ends in one of three ways:
 *   - END: no program makes this call by accident. The kernel blocks the caller and notifies us
 *     (SECCOMP_RET_USER_NOTIF). We record the name of the call, which an exit status would not contain, and end the
 *     run. Where the kernel has no notifications (before 5.0, gVisor), the call kills its process with SIGSYS.
 *   - an errno: runtimes probe for the call and have a fallback (io_uring, clone3, socket families). A call that is
 *     newer than this file gets ENOSYS, as from an older kernel.
 *   - allowed. The kernel (5.11 and later) caches this answer for calls if the filter does not read their arguments,
 *     so the length of the filter does not slow the program down.
 *
 * Calls that take a pid are forbidden only for PID 1, in every way of naming it: by number, by its process group (also
 * 1) or by its user. Sources: seccomp(2), setpriority(2), ioprio_set(2), prlimit(2).
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#error "the filter knows x86_64 and aarch64"
#endif

/* Numbers that are the same everywhere and may be younger than the headers. */
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif
#define NEWEST_CALL 449 /* futex_waitv: this file does not know the calls above it */

#define MADV_COLLAPSE_ADVICE 25u /* younger than some headers */
#define X32_BIT 0x40000000u
#define CLONE_NEW_ANY 0x7e020000u /* every CLONE_NEW* flag that clone(2) takes */

#define CLONE_NEWTIME_BIT 0x80u   /* in clone(2) these bits are the exit signal */

enum rule {
	END,          /* always */
	NO_SUCH_CALL, /* ENOSYS */
	REFUSED,      /* EPERM */
	PID_1,        /* END if argument 0, a pid, is 1 */
	PRLIMIT,      /* END if it sets (argument 2) a limit of pid 1 */
	WHO_FROM_0,   /* setpriority: PRIO_PROCESS, PRIO_PGRP, PRIO_USER are 0, 1, 2 */
	WHO_FROM_1,   /* ioprio_set:  the same are 1, 2, 3 */
	NEW_SPACE,    /* EPERM if argument 0 asks for a new namespace */
	NEW_SPACES,   /* END in that case, for unshare, which has one more flag */
	COLLAPSE,     /* EINVAL, as from a kernel before 6.1, for madvise's MADV_COLLAPSE */
	PERSONALITY,  /* EPERM, except for queries and the values that Docker's profile allows */
	FAMILY,       /* EAFNOSUPPORT, except for unix, inet, inet6, netlink */
};

static const struct {
	int number;
	const char *name;
	enum rule rule;
} rules[] = {
#define CALL(name, rule) {SYS_##name, #name, rule}
	/* into other processes */
	CALL(ptrace, END), CALL(process_vm_readv, END), CALL(process_vm_writev, END), CALL(kcmp, END),
	CALL(pidfd_getfd, END), CALL(process_madvise, END), CALL(process_mrelease, END),
	CALL(move_pages, END), CALL(migrate_pages, END),
	/* These leave traces in the pages of a mapped file, even of a sealed one. The next run could read them, because many
	 * runs execute the same file (store.h). */
	CALL(mbind, NO_SUCH_CALL), CALL(madvise, COLLAPSE),
	/* the supervisor's limits, priority and cores */
	CALL(prlimit64, PRLIMIT), CALL(setpriority, WHO_FROM_0), CALL(ioprio_set, WHO_FROM_1),
	CALL(sched_setaffinity, PID_1), CALL(sched_setscheduler, PID_1), CALL(sched_setparam, PID_1),
	CALL(sched_setattr, PID_1),
	/* namespaces and mounts. mount and clone answer as the engine's profile does in a container that makes no boxes, so
	 * that programs see the same in both. */
	CALL(clone, NEW_SPACE), CALL(unshare, NEW_SPACES), CALL(clone3, NO_SUCH_CALL), CALL(setns, END),
	CALL(mount, REFUSED), CALL(umount2, END), CALL(pivot_root, END), CALL(chroot, END),
	CALL(open_tree, END), CALL(move_mount, END), CALL(fsopen, END), CALL(fsconfig, END),
	CALL(fsmount, END), CALL(fspick, END), CALL(mount_setattr, END), CALL(open_by_handle_at, END),
	/* kernel interfaces with a history */
	CALL(bpf, END), CALL(perf_event_open, END), CALL(userfaultfd, END),
	CALL(keyctl, END), CALL(add_key, END), CALL(request_key, END), CALL(fanotify_init, END),
	CALL(io_uring_setup, NO_SUCH_CALL), CALL(io_uring_enter, NO_SUCH_CALL),
	CALL(io_uring_register, NO_SUCH_CALL), CALL(memfd_secret, NO_SUCH_CALL),
	CALL(io_setup, NO_SUCH_CALL), /* fs.aio-max-nr limits the whole machine: a program could use it up */
	CALL(socket, FAMILY), CALL(socketpair, FAMILY),
	/* the machine */
	CALL(kexec_load, END), CALL(kexec_file_load, END), CALL(init_module, END), CALL(finit_module, END),
	CALL(delete_module, END), CALL(reboot, END), CALL(swapon, END), CALL(swapoff, END),
	CALL(acct, END), CALL(quotactl, END), CALL(settimeofday, END), CALL(clock_settime, END),
	CALL(syslog, REFUSED), CALL(sethostname, REFUSED), CALL(setdomainname, REFUSED), CALL(vhangup, REFUSED),
	CALL(lookup_dcookie, REFUSED), CALL(name_to_handle_at, REFUSED), CALL(quotactl_fd, REFUSED),
	CALL(get_mempolicy, REFUSED), CALL(set_mempolicy, REFUSED), CALL(personality, PERSONALITY),
#if defined(__x86_64__)
	CALL(iopl, END), CALL(ioperm, END),
	CALL(_sysctl, REFUSED), CALL(sysfs, REFUSED), CALL(uselib, REFUSED), CALL(ustat, REFUSED),
#endif
#undef CALL
};

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define LOW(n) LOAD(args[n]) /* both architectures are little-endian: the low half comes first */
#define HIGH(n) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offsetof(struct seccomp_data, args[n]) + 4))
#define IF_EQ(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (yes), (no))
#define IF_ANY(bits, yes, no) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (yes), (no))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define ERRNO(number) RETURN(SECCOMP_RET_ERRNO | (number))
#define ALLOW RETURN(SECCOMP_RET_ALLOW)

#define PROGRAM_MAX 640

struct program {
	struct sock_filter code[PROGRAM_MAX];
	unsigned short length;
};

static void append(struct program *program, const struct sock_filter *code, size_t count)
{
	memcpy(program->code + program->length, code, count * sizeof *code);
	program->length = (unsigned short)(program->length + count);
}

#define APPEND(...) \
	append(program, (const struct sock_filter[]){__VA_ARGS__}, \
	       sizeof((const struct sock_filter[]){__VA_ARGS__}) / sizeof(struct sock_filter))

/* Appends the code for one call. It runs once the number has matched, and returns on every path. */
static void append_rule(struct program *program, enum rule rule, uint32_t end)
{
	uint32_t first = 0;
	switch (rule) {
	case END:
		APPEND(RETURN(end));
		break;
	case NO_SUCH_CALL:
		APPEND(ERRNO(ENOSYS));
		break;
	case REFUSED:
		APPEND(ERRNO(EPERM));
		break;
	case PERSONALITY:
		APPEND(LOW(0), IF_EQ(0xffffffffu, 1, 0), IF_ANY(~(PER_LINUX32 | UNAME26), 1, 0), ALLOW, ERRNO(EPERM));
		break;
	case PID_1: /* a pid is an int: the kernel ignores the high half, so the filter has to */
		APPEND(LOW(0), IF_EQ(1, 0, 1), RETURN(end), ALLOW);
		break;
	case PRLIMIT:
		APPEND(LOW(0), IF_EQ(1, 0, 5), LOW(2), IF_EQ(0, 0, 2), HIGH(2), IF_EQ(0, 1, 0), RETURN(end), ALLOW);
		break;
	case WHO_FROM_1:
		first = 1;
		/* fall through */
	case WHO_FROM_0: /* user: end; process or group: end if it is 1 */
		APPEND(LOW(0), IF_EQ(first + 2, 2, 0), LOW(1), IF_EQ(1, 0, 1), RETURN(end), ALLOW);
		break;
	case NEW_SPACE:
		APPEND(LOW(0), IF_ANY(CLONE_NEW_ANY, 0, 1), ERRNO(EPERM), ALLOW);
		break;
	case NEW_SPACES:
		APPEND(LOW(0), IF_ANY(CLONE_NEW_ANY | CLONE_NEWTIME_BIT, 0, 1), RETURN(end), ALLOW);
		break;
	case COLLAPSE:
		APPEND(LOW(2), IF_EQ(MADV_COLLAPSE_ADVICE, 0, 1), ERRNO(EINVAL), ALLOW);
		break;
	case FAMILY:
		APPEND(LOW(0), IF_EQ(AF_UNIX, 3, 0), IF_EQ(AF_INET, 2, 0), IF_EQ(AF_INET6, 1, 0),
		       IF_EQ(AF_NETLINK, 0, 1), ALLOW, ERRNO(EAFNOSUPPORT));
		break;
	}
}

/* The rules by their numbers. A search takes 7 comparisons instead of 100: the kernel tries every call when the filter
 * is installed (seccomp_cache_prepare), so this makes installing it cheap (0.2 instead of 0.5 ms), for each box. */
#define RULES (sizeof rules / sizeof *rules)
static uint8_t by_number[RULES];

static void sort_rules(void)
{
	for (size_t i = 0; i < RULES; i++) {
		size_t at = i;
		for (; at > 0 && rules[by_number[at - 1]].number > rules[i].number; at--)
			by_number[at] = by_number[at - 1];
		by_number[at] = (uint8_t)i;
	}
}

/* Appends the decision about calls whose rule, if they have one, is among by_number[from] to by_number[to - 1]. */
static void append_search(struct program *program, size_t from, size_t to, uint32_t end)
{
	if (to - from == 1) {
		struct program body = {.length = 0};
		append_rule(&body, rules[by_number[from]].rule, end);
		APPEND(IF_EQ((uint32_t)rules[by_number[from]].number, 0, (uint8_t)body.length));
		append(program, body.code, body.length);
		APPEND(ALLOW);
		return;
	}
	size_t middle = (from + to) / 2;
	APPEND(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)rules[by_number[middle]].number, 0, 1));
	size_t jump = program->length++; /* over the lower half, which may be longer than a condition can jump */
	append_search(program, from, middle, end);
	program->code[jump] = (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, (uint32_t)(program->length - jump - 1));
	append_search(program, middle, to, end);
}

static void build(struct program *program, uint32_t end)
{
	program->length = 0;
	/* 32-bit calls have other numbers: allowing that architecture would undo every line below. */
	APPEND(LOAD(arch), IF_EQ(OUR_ARCH, 1, 0), RETURN(end), LOAD(nr));
#if defined(__x86_64__)
	APPEND(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1), ERRNO(ENOSYS));
#endif
	APPEND(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, NEWEST_CALL, 0, 1), ERRNO(ENOSYS));
	append_search(program, 0, RULES, end);
}

static struct program announcing, killing;

void confine_prepare(void)
{
	sort_rules();
	build(&announcing, SECCOMP_RET_USER_NOTIF);
	build(&killing, SECCOMP_RET_KILL_PROCESS);
}

static int install(struct program *program, unsigned flags)
{
	struct sock_fprog fprog = {.len = program->length, .filter = program->code};
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &fprog);
}

/* Copied from linux/landlock.h, which some build systems do not have yet. */
#define LANDLOCK_VERSION_FLAG 1u
#define LANDLOCK_PATH_BENEATH 1
#define LANDLOCK_WRITE_FILE (1ull << 1)
#define LANDLOCK_REFER (1ull << 13) /* renames and links between directories: refused unless granted */
/* The rights to create and remove names are left out: for each one the kernel walks the whole path, and a tree of
 * 8,000 levels would take 2.5 times as long. The root is read-only, and mounts.c checks the other mounts. */
#define LANDLOCK_CHANGES (LANDLOCK_WRITE_FILE | LANDLOCK_REFER)

int writable_only(const char *const *paths, int count)
{
	struct {
		uint64_t handled;
	} ruleset = {LANDLOCK_CHANGES};
	struct {
		uint64_t allowed;
		int32_t parent;
	} __attribute__((packed)) below = {LANDLOCK_CHANGES, -1};

	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG) < 2)
		return -1;
	int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
	if (fd < 0)
		return -1;
	for (int i = -1; i < count; i++) {
		below.parent = open(i < 0 ? "/dev" : paths[i], O_PATH | O_CLOEXEC);
		if (below.parent < 0)
			continue; /* this runtime does not have it */
		long added = syscall(SYS_landlock_add_rule, fd, LANDLOCK_PATH_BENEATH, &below, 0);
		close(below.parent);
		if (added < 0) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

int confine(int *notify_fd)
{
	*notify_fd = -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	int fd = install(&announcing, SECCOMP_FILTER_FLAG_NEW_LISTENER);
	if (fd >= 0) {
		*notify_fd = fd; /* the kernel opens it close-on-exec */
		return FILTER_NOTIFY;
	}
	if (install(&killing, 0) == 0)
		return FILTER_KILL;
	return -1;
}

bool confine_forbidden_call(int notify_fd, char *name, size_t size)
{
	/* The kernel's struct may be longer than the header's, and the buffer has to be zeroed (seccomp_unotify(2)). */
	union {
		struct seccomp_notif notification;
		char room[1024];
	} buffer;
	memset(&buffer, 0, sizeof buffer);
	if (ioctl(notify_fd, SECCOMP_IOCTL_NOTIF_RECV, &buffer) < 0)
		return false;
	const struct seccomp_data *data = &buffer.notification.data;
	if (data->arch != OUR_ARCH) {
		snprintf(name, size, "system call %d of a foreign architecture", data->nr);
		return true;
	}
	snprintf(name, size, "system call %d", data->nr);
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].number == data->nr)
			snprintf(name, size, "%s", rules[i].name);
	return true;
}
