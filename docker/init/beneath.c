#include "beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol.h"

int beneath_open(int dir, const char *path, bool make, const char **last)
{
	int parent = dir;
	for (const char *slash; (slash = strchr(path, '/')); path = slash + 1) {
		char part[NAME_MAX_BYTES + 1];
		size_t length = (size_t)(slash - path);
		memcpy(part, path, length); /* of a path, which is as long as `part` at most */
		part[length] = '\0';
		int made = make ? mkdirat(parent, part, 0755) : 0;
		int next = made < 0 && errno != EEXIST ? -1 : openat(parent, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		beneath_close(dir, parent);
		if (next < 0)
			return -1;
		parent = next;
	}
	*last = path;
	return parent;
}

void beneath_close(int dir, int parent)
{
	int error = errno;
	if (parent >= 0 && parent != dir)
		close(parent);
	errno = error;
}
