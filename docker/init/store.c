#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "protocol.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

static struct {
	struct {
		char name[NAME_MAX_BYTES + 1];
		uint16_t mode;
		int program_fd;         /* -1: its bytes are in `bytes_fd` */
		uint64_t offset, size;
	} files[STORE_MAX];
	int count, programs;
	int bytes_fd; /* 0 until it is needed: it never is a standard stream's */
	uint64_t bytes;
} store;

static bool is_program(uint16_t mode)
{
	return (mode & 0111) != 0;
}

/* Executable memory has to be asked for where vm.memfd_noexec is 1; kernels before 6.3 do not know the flag. */
static int open_program(void)
{
	int fd = memfd_create("program", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("program", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

int store_begin(const char *name, uint16_t mode, uint64_t size)
{
	if (store.count == STORE_MAX || (is_program(mode) && store.programs == STORE_PROGRAMS)) {
		errno = ENFILE;
		return -1;
	}
	typeof(&store.files[0]) file = &store.files[store.count];
	snprintf(file->name, sizeof file->name, "%s", name);
	file->mode = mode;
	file->size = size;
	file->program_fd = -1;
	if (is_program(mode))
		return file->program_fd = open_program();
	if (store.bytes_fd == 0) {
		int fd = memfd_create("kept", MFD_CLOEXEC);
		if (fd < 0)
			return -1;
		store.bytes_fd = fd;
	}
	file->offset = store.bytes;
	return lseek(store.bytes_fd, (off_t)store.bytes, SEEK_SET) < 0 ? -1 : store.bytes_fd;
}

bool store_finish(void)
{
	typeof(&store.files[0]) file = &store.files[store.count];
	if (file->program_fd >= 0) {
		if (fchmod(file->program_fd, 0500) < 0 ||
		    fcntl(file->program_fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
			return false;
		store.programs++;
	} else {
		store.bytes += file->size;
	}
	store.count++;
	return true;
}

int store_program(const char *name)
{
	for (int i = 0; i < store.count; i++)
		if (store.files[i].program_fd >= 0 && strcmp(store.files[i].name, name) == 0)
			return store.files[i].program_fd;
	return -1;
}

bool copy_bytes(int from, int to, uint64_t size)
{
	static char chunk[16384];
	while (size > 0) {
		ssize_t got = read(from, chunk, size < sizeof chunk ? size : sizeof chunk);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got == 0 ? EIO : errno;
			return false;
		}
		for (ssize_t done = 0; done < got;) {
			ssize_t put = write(to, chunk + done, (size_t)(got - done));
			if (put < 0 && errno != EINTR)
				return false;
			done += put > 0 ? put : 0;
		}
		size -= (uint64_t)got;
	}
	return true;
}

bool store_restore(int dir)
{
	for (int i = 0; i < store.count; i++) {
		typeof(&store.files[0]) file = &store.files[i];
		if (file->program_fd >= 0)
			continue;
		int fd = openat(dir, file->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0)
			return false;
		bool written = lseek(store.bytes_fd, (off_t)file->offset, SEEK_SET) >= 0 &&
			       copy_bytes(store.bytes_fd, fd, file->size) && fchmod(fd, file->mode) == 0;
		int error = errno;
		close(fd);
		errno = error;
		if (!written)
			return false;
	}
	return true;
}

static bool matches(const char *name, const char *pattern)
{
	if (*pattern != '*')
		return strcmp(name, pattern) == 0;
	size_t length = strlen(name), ending = strlen(pattern + 1);
	return length > ending && strcmp(name + length - ending, pattern + 1) == 0;
}

/* Nothing of a program is alive, so what is looked at stays as it is. A link, a FIFO or a device is no file. */
static bool open_match(int dir, const char *name, bool (*found)(int, const char *, uint16_t, uint64_t))
{
	struct stat stat;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return true;
	bool taken = fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode) ||
		     found(fd, name, (uint16_t)(stat.st_mode & 0777), (uint64_t)stat.st_size);
	int error = errno;
	close(fd);
	errno = error;
	return taken;
}

bool each_match(int dir, const char *pattern, bool (*found)(int fd, const char *name, uint16_t mode, uint64_t size))
{
	_Alignas(struct linux_dirent64) char buffer[8192];
	if (*pattern != '*')
		return open_match(dir, pattern, found);
	if (lseek(dir, 0, SEEK_SET) < 0)
		return false;
	for (;;) {
		long size = syscall(SYS_getdents64, dir, buffer, sizeof buffer);
		if (size <= 0)
			return size == 0;
		for (long at = 0; at < size;) {
			struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
			at += entry->d_reclen;
			if (matches(entry->d_name, pattern) && !open_match(dir, entry->d_name, found))
				return false;
		}
	}
}

void store_drop(void)
{
	for (int i = 0; i < store.count; i++)
		if (store.files[i].program_fd >= 0)
			close(store.files[i].program_fd);
	if (store.bytes_fd > 0)
		close(store.bytes_fd);
	store.count = store.programs = store.bytes_fd = 0;
	store.bytes = 0;
}
