#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "beneath.h"
#include "protocol.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

#define BLOCK 4096u /* of a tmpfs */

/* Everything that a program can change of a sealed memory file that it owns. The time of the last access is left out:
 * each execution updates it, and setting it by hand changes `changed`. The layout of the pages is not an attribute of
 * the file; the filter forbids the calls that change it (mbind, MADV_COLLAPSE). */
struct traces {
	mode_t mode;
	uid_t uid;
	gid_t gid;
	nlink_t links;
	struct timespec modified, changed;
	ssize_t attributes;
	uint64_t write_hint;
	int flags;
};

static struct {
	struct kept {
		char name[NAME_MAX_BYTES + 1];
		uint16_t mode;
		uint64_t offset, size;
	} files[KEPT_MAX]; /* files[count] is the one that is being written */
	int count;
	int bytes_fd; /* 0: not open, because 0 is always standard input */
	uint64_t bytes, room;
	/* The copy that the last run was executed from. */
	int copy_fd; /* 0: none */
	const struct kept *copy_of;
	struct traces copy_traces;
} store;

static bool is_program(const struct kept *file)
{
	return (file->mode & 0111) != 0;
}

static const struct kept *find(const char *name)
{
	for (int i = 0; i < store.count; i++)
		if (strcmp(store.files[i].name, name) == 0)
			return &store.files[i];
	return NULL;
}

static uint64_t in_blocks(uint64_t size)
{
	return (size + BLOCK - 1) / BLOCK * BLOCK;
}

void store_open(uint64_t room)
{
	store.room = room > 0 && room < FILE_MAX ? room : FILE_MAX;
}

const char *store_begin(const char *name, uint16_t mode, uint64_t size, int *fd)
{
	if (find(name))
		return "a file of this name is kept";
	if (store.count == KEPT_MAX)
		return "too many files are kept";
	if (size > store.room || in_blocks(size) > store.room - store.bytes)
		return "more than the workspace holds";
	if (store.bytes_fd == 0) {
		int memory = memfd_create("kept", MFD_CLOEXEC);
		if (memory < 0)
			return strerror(errno);
		store.bytes_fd = memory;
	}
	if (lseek(store.bytes_fd, (off_t)store.bytes, SEEK_SET) < 0)
		return strerror(errno);
	struct kept *file = &store.files[store.count];
	snprintf(file->name, sizeof file->name, "%s", name);
	file->mode = mode;
	file->offset = store.bytes;
	file->size = size;
	*fd = store.bytes_fd;
	return NULL;
}

void store_finish(void)
{
	store.bytes += in_blocks(store.files[store.count].size);
	store.count++;
}

bool store_has(const char *name)
{
	return find(name) != NULL;
}

bool copy_bytes(int from, int to, uint64_t size)
{
	while (size > 0) {
		ssize_t moved = sendfile(to, from, NULL, size);
		if (moved < 0 && errno == EINTR)
			continue;
		if (moved <= 0) {
			errno = moved == 0 ? EIO : errno;
			return false;
		}
		size -= (uint64_t)moved;
	}
	return true;
}

static bool copy_kept(const struct kept *file, int to)
{
	return file->size == 0 ||
	       (lseek(store.bytes_fd, (off_t)file->offset, SEEK_SET) >= 0 && copy_bytes(store.bytes_fd, to, file->size));
}

/* Closes `fd` after a failure and preserves errno. */
static void give_up(int fd)
{
	int error = errno;
	close(fd);
	errno = error;
}

static void read_traces(int fd, struct traces *traces)
{
	struct stat stat;
	memset(traces, 0, sizeof *traces); /* whole structs are compared */
	if (fstat(fd, &stat) == 0) {
		traces->mode = stat.st_mode;
		traces->uid = stat.st_uid;
		traces->gid = stat.st_gid;
		traces->links = stat.st_nlink;
		traces->modified = stat.st_mtim;
		traces->changed = stat.st_ctim;
	}
	traces->attributes = flistxattr(fd, NULL, 0);
	if (fcntl(fd, F_GET_RW_HINT, &traces->write_hint) < 0)
		traces->write_hint = UINT64_MAX;
	if (ioctl(fd, FS_IOC_GETFLAGS, &traces->flags) < 0)
		traces->flags = -1;
}

static void close_copy(void)
{
	if (store.copy_fd > 0)
		close(store.copy_fd);
	store.copy_fd = 0;
	store.copy_of = NULL;
}

int store_program(const char *name)
{
	const struct kept *file = find(name);
	if (!file || !is_program(file)) {
		errno = ENOENT;
		return -1;
	}
	if (store.copy_of == file) {
		struct traces traces;
		read_traces(store.copy_fd, &traces);
		if (memcmp(&traces, &store.copy_traces, sizeof traces) == 0)
			return store.copy_fd;
	}
	close_copy();
	/* Where vm.memfd_noexec is 1, only MFD_EXEC makes it executable. Kernels before 6.3 do not know the flag. */
	int fd = memfd_create("program", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("program", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -1;
	if (!copy_kept(file, fd) || fchmod(fd, 0500) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		give_up(fd);
		return -1;
	}
	store.copy_fd = fd;
	store.copy_of = file;
	read_traces(fd, &store.copy_traces);
	return fd;
}

const char *store_restore(int dir)
{
	for (const struct kept *file = store.files; file < store.files + store.count; file++) {
		if (is_program(file))
			continue;
		const char *last = NULL;
		int parent = beneath_open(dir, file->name, true, &last);
		int fd = parent < 0 ? -1 : openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		int error = errno;
		beneath_close(dir, parent);
		if (fd < 0 && parent >= 0 && error == EEXIST)
			continue; /* a file of this run, which is there already */
		errno = error;
		if (fd < 0)
			return file->name;
		if (!copy_kept(file, fd) || fchmod(fd, file->mode) < 0) {
			give_up(fd);
			return file->name;
		}
		close(fd);
	}
	return NULL;
}

void store_drop(void)
{
	close_copy();
	if (store.bytes_fd > 0)
		close(store.bytes_fd);
	store.count = store.bytes_fd = 0;
	store.bytes = 0;
}

uint64_t store_held_bytes(void)
{
	return 2 * store.bytes;
}
