#include "leftovers.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "dirent64.h"

#define PASSES_MAX 1000   /* over a list: one holds at most 32,000 objects, and 150 of them fit one reading */
#define CLOSING_MS 20     /* for the connections of killed processes to end, which takes microseconds */

/* Reads the beginning of a file of /proc. Returns false if this kernel does not have it. */
static bool read_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t got = read(fd, text, size - 1);
	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return got > 0;
}

/* ---------------------------------------------------------------- IPC */

/* Without this, every run would pay for reading three files. Where the call fails, the file decides. */
static bool has_sysv(int kind)
{
	union {
		struct shm_info shm;
		struct seminfo sem;
		struct msginfo msg;
	} info;
	memset(&info, 0, sizeof info);
	if (kind == 'm')
		return shmctl(0, SHM_INFO, (struct shmid_ds *)&info.shm) < 0 || info.shm.used_ids != 0;
	if (kind == 's')
		return semctl(0, 0, SEM_INFO, &info.sem) < 0 || info.sem.semusz != 0;
	return msgctl(0, MSG_INFO, (struct msqid_ds *)&info.msg) < 0 || info.msg.msgpool != 0;
}

/* Removes the objects in a list of /proc: the id is in the second column. Returns true if there was any. */
static bool remove_listed(const char *list, int kind)
{
	char text[16384];
	bool any = false;
	if (!read_text(list, text, sizeof text))
		return false;
	for (char *line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
		char *rest = line + 1;
		strtol(rest, &rest, 10);
		int id = (int)strtol(rest, &rest, 10);
		any = true;
		if (kind == 'm')
			shmctl(id, IPC_RMID, NULL);
		else if (kind == 's')
			semctl(id, 0, IPC_RMID);
		else
			msgctl(id, IPC_RMID, NULL);
	}
	return any;
}

bool leftovers_remove_sysv(bool (*is_too_late)(void))
{
	static const struct {
		const char *list;
		int kind;
	} lists[] = {{"/proc/sysvipc/shm", 'm'}, {"/proc/sysvipc/sem", 's'}, {"/proc/sysvipc/msg", 'q'}};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		for (int pass = 0; has_sysv(lists[i].kind) && remove_listed(lists[i].list, lists[i].kind); pass++)
			if (pass > PASSES_MAX || (is_too_late && is_too_late()))
				return false;
	return true;
}

void leftovers_remove_queues(int dir)
{
	_Alignas(struct linux_dirent64) char buffer[4096];
	for (bool any = true; any;) {
		any = false;
		lseek(dir, 0, SEEK_SET);
		for (long size; (size = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0;)
			for (long at = 0; at < size;) {
				struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
				at += entry->d_reclen;
				any |= unlinkat(dir, entry->d_name, 0) == 0; /* fails for . and .. */
			}
	}
}

/* ---------------------------------------------------------------- connections */

bool leftovers_count_none(const char *list, const char *protocol, const char *name)
{
	char text[1024];
	if (!read_text(list, text, sizeof text))
		return true; /* this kernel does not have the protocol */
	char *line = strstr(text, protocol);
	char *field = line ? strstr(line, name) : NULL;
	return !field || strtol(field + strlen(name), NULL, 10) == 0;
}

static bool no_connections(void)
{
	return leftovers_count_none("/proc/net/sockstat", "sockets:", " used ") ||
	       (leftovers_count_none("/proc/net/sockstat", "TCP:", " inuse ") &&
		leftovers_count_none("/proc/net/sockstat6", "TCP6:", " inuse "));
}

bool leftovers_no_connections(void)
{
	for (int waited = 0; !no_connections(); waited++) {
		if (waited == CLOSING_MS)
			return false;
		nanosleep(&(struct timespec){.tv_nsec = 1000 * 1000}, NULL);
	}
	return true;
}
