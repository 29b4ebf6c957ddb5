#include "mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
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
