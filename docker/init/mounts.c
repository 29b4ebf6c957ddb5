#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WORDS 6 /* in a line of /proc/self/mounts, proc(5); the second is the path */

static char path[PATH_MAX];
static size_t length;
static int digits; /* read of the current escape; -1: not in one */

static bool is_full(void) { return length >= sizeof path - 1; }

/* Appends a byte to the path. Blanks and backslashes are escaped as a backslash and three octal digits. A backslash
 * that does not begin such an escape stands for itself (gVisor escapes nothing). */
static void add(char byte)
{
	if (is_full())
		return;
	path[length++] = byte;
	if (byte == '\\')
		digits = 0;
	else if (digits >= 0 && byte >= '0' && byte <= (digits == 0 ? '3' : '7'))
		digits++;
	else
		digits = -1;
	if (digits == 3) {
		const char *at = path + length - 3;
		length -= 3;
		path[length - 1] = (char)((at[0] - '0') * 64 + (at[1] - '0') * 8 + (at[2] - '0'));
		digits = -1;
	}
}

/* Returns true if a program can leave something at `path`. Character devices keep nothing: /proc/kcore is /dev/null in
 * a container. A path that we cannot see, under another mount or a closed directory, is invisible to programs too. */
static bool keeps_writes(void)
{
	struct stat seen;
	struct statvfs room;
	if (stat(path, &seen) < 0 || S_ISCHR(seen.st_mode))
		return false;
	if (access(path, W_OK) == 0)
		return true;
	return seen.st_uid == getuid() && (statvfs(path, &room) < 0 || !(room.f_flag & ST_RDONLY));
}

static bool is_listed(const char *const *paths, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(paths[i], path) == 0)
			return true;
	return false;
}

const char *mounts_unlisted(const char *const *paths, int count)
{
	int fd = open("/proc/self/mounts", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	/* The line of an overlay names all its layers and has no length limit, so lines are not buffered. */
	char chunk[1024];
	int word = 0;
	const char *found = NULL;
	ssize_t size = 0;
	length = 0;
	digits = -1;
	while (!found && (size = read(fd, chunk, sizeof chunk)) > 0)
		for (ssize_t at = 0; !found && at < size; at++) {
			bool is_end = chunk[at] == '\n';
			if (chunk[at] != ' ' && !is_end) {
				if (word == 1)
					add(chunk[at]);
				continue;
			}
			if (word == 1 && is_full())
				found = "a mount with an overlong path";
			if (word == 1 && !found) {
				path[length] = '\0';
				if (keeps_writes() && !is_listed(paths, count))
					found = path;
			}
			word++;
			if (is_end && word != WORDS && !found)
				found = "a mount with an unreadable path";
			if (is_end) {
				word = 0;
				length = 0;
				digits = -1;
			}
		}
	close(fd);
	return size < 0 ? "a mount with an unreadable path" : found;
}

static const char *const directories[] = {"/dev", "/dev/pts", "/sys/fs/cgroup"};
/* Some engines mount each of them (rootless ones). */
static const char *const devices[] = {
	"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/ptmx", "/dev/pts/ptmx",
};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Returns false with errno. */
static bool make_read_only(const char *mounted)
{
	struct statvfs now;
	if (statvfs(mounted, &now) < 0)
		return errno == ENOENT;
	/* Outside of the user namespace that made the mount, none of its flags may be cleared (mount_namespaces(7)). */
	unsigned long flags = now.f_flag & (MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
	if (now.f_flag & ST_RELATIME)
		flags |= MS_RELATIME;
	else if (!(now.f_flag & MS_NOATIME))
		flags |= MS_STRICTATIME;
	if (mount(NULL, mounted, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | flags, NULL) == 0)
		return true;
	return errno == EINVAL; /* not a mount */
}

const char *mounts_protect(void)
{
	for (size_t i = 0; i < COUNT(directories); i++)
		if (!make_read_only(directories[i]))
			return directories[i];
	for (size_t i = 0; i < COUNT(devices); i++)
		if (!make_read_only(devices[i]))
			return devices[i];
	return NULL;
}

void mounts_touch(void)
{
	for (size_t i = 0; i < COUNT(devices); i++)
		utimensat(AT_FDCWD, devices[i], NULL, 0); /* fails for what this container does not have */
	for (size_t i = 0; i < COUNT(directories); i++) {
		char entries[512];
		int fd = open(directories[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		syscall(SYS_getdents64, fd, entries, sizeof entries);
		close(fd);
	}
}
