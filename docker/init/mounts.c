#include "mounts.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[PATH_MAX];

/* proc(5): in a path these four are written as a backslash and three octal digits. */
static void unescape(char *text)
{
	char *to = text;
	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Devices can be written to and keep nothing: /proc/kcore is /dev/null in a container. */
static bool keeps_writes(void)
{
	struct stat seen;
	return stat(path, &seen) == 0 && (S_ISDIR(seen.st_mode) || S_ISREG(seen.st_mode)) && access(path, W_OK) == 0;
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
	/* A line's second word is the path. An overlay's line is as long as its layers are many, so no line is kept. */
	char chunk[1024];
	int word = 0;
	size_t length = 0;
	const char *found = NULL;
	for (ssize_t size; !found && (size = read(fd, chunk, sizeof chunk)) > 0;)
		for (ssize_t at = 0; !found && at < size; at++) {
			if (chunk[at] == ' ' || chunk[at] == '\n') {
				if (word == 1) {
					path[length] = '\0';
					unescape(path);
					if (keeps_writes() && !is_listed(paths, count))
						found = path;
				}
				word = chunk[at] == '\n' ? 0 : word + 1;
				length = 0;
			} else if (word == 1 && length < sizeof path - 1) {
				path[length++] = chunk[at];
			}
		}
	close(fd);
	return found;
}
