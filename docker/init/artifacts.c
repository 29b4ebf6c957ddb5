#include "artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "dirent64.h"
#include "host.h"
#include "store.h"

struct artifacts {
	const struct run_request *request;
	int dir;
	uint64_t room; /* bytes that may still be taken */
	int count;
	char *detail;
};

/* Reports "take NAME: PROBLEM". Returns false, which ends the search. */
static bool reject(const struct artifacts *artifacts, const char *name, const char *problem)
{
	snprintf(artifacts->detail, DETAIL_MAX + 1, "take %.100s: %s", name, problem);
	return false;
}

/* Accepts what the host's decoder accepts: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool is_utf8(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	while (*at) {
		uint8_t first = *at++, low = 0x80, high = 0xbf;
		int more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
		if (more < 0)
			return false;
		if (first == 0xe0)
			low = 0xa0;
		else if (first == 0xed)
			high = 0x9f;
		else if (first == 0xf0)
			low = 0x90;
		else if (first == 0xf4)
			high = 0x8f;
		for (; more > 0; more--, low = 0x80, high = 0xbf)
			if (*at < low || *at++ > high)
				return false;
	}
	return true;
}

static const char *keep(int fd, const char *name, uint16_t mode, uint64_t size)
{
	int to = -1;
	const char *problem = store_begin(name, mode, size, &to);
	if (problem)
		return problem;
	if (!copy_bytes(fd, to, size))
		return strerror(errno);
	store_finish();
	return NULL;
}

static void send(int fd, const char *name, uint16_t mode, uint64_t size)
{
	uint8_t head[FRAME_HEADER_SIZE + 4 + NAME_MAX_BYTES];
	size_t header = file_header_encode(mode, name, head + FRAME_HEADER_SIZE);
	frame_header_encode((struct frame_header){FRAME_TAKEN, (uint32_t)(header + size)}, head);
	send_all(&(struct iovec){head, FRAME_HEADER_SIZE + header}, 1);
	while (size > 0) {
		ssize_t got = read(fd, host_chunk, size < sizeof host_chunk ? size : sizeof host_chunk);
		if (got <= 0)
			die("read %s", name); /* the header with its size is already sent */
		send_all(&(struct iovec){host_chunk, (size_t)got}, 1);
		size -= (uint64_t)got;
	}
}

static bool take_open_file(struct artifacts *artifacts, int fd, const char *name, const struct stat *stat)
{
	uint64_t size = (uint64_t)stat->st_size;
	uint16_t mode = stat->st_mode & 0777;
	if (size > artifacts->room)
		return reject(artifacts, name, "too large");
	if (artifacts->count++ == KEPT_MAX)
		return reject(artifacts, name, "too many files");
	artifacts->room -= size;
	const char *problem = artifacts->request->keep_taken ? keep(fd, name, mode, size) : NULL;
	if (problem)
		return reject(artifacts, name, problem);
	if (artifacts->request->send_taken) {
		lseek(fd, 0, SEEK_SET);
		send(fd, name, mode, size);
	}
	return true;
}

/* Returns false if the file cannot be taken, after reporting it. `is_match`: an ending matched the name. */
static bool take_file(struct artifacts *artifacts, const char *name, bool is_match)
{
	struct stat stat;
	bool is_there = fstatat(artifacts->dir, name, &stat, AT_SYMLINK_NOFOLLOW) == 0;
	if (is_match && (!is_there || !S_ISREG(stat.st_mode)))
		return true;
	if (!is_there)
		return reject(artifacts, name, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return reject(artifacts, name, "not a regular file");
	if (!is_utf8(name))
		return reject(artifacts, name, "name is not UTF-8");
	int fd = openat(artifacts->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return reject(artifacts, name, strerror(errno));
	bool taken = take_open_file(artifacts, fd, name, &stat);
	close(fd);
	return taken;
}

static bool matches_ending(const struct run_request *request, const char *name)
{
	size_t length = strlen(name);
	bool matches = false;
	for (char *const *pattern = request->take; *pattern; pattern++) {
		size_t ending = strlen(*pattern + 1);
		if (**pattern != '*') {
			if (strcmp(*pattern, name) == 0)
				return false; /* already taken */
		} else if (length >= ending && strcmp(name + length - ending, *pattern + 1) == 0) {
			matches = true;
		}
	}
	return matches && !store_has(name);
}

static void take_matches(struct artifacts *artifacts)
{
	_Alignas(struct linux_dirent64) char buffer[8192];
	lseek(artifacts->dir, 0, SEEK_SET);
	for (long size; (size = syscall(SYS_getdents64, artifacts->dir, buffer, sizeof buffer)) > 0;)
		for (long at = 0; at < size;) {
			struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
			at += entry->d_reclen;
			if (matches_ending(artifacts->request, entry->d_name) && !take_file(artifacts, entry->d_name, true))
				return;
		}
}

void artifacts_take(const struct run_request *request, int dir, char detail[DETAIL_MAX + 1])
{
	struct artifacts artifacts = {.request = request, .dir = dir, .room = FILE_MAX, .detail = detail};
	bool has_endings = false;
	for (char *const *pattern = request->take; *pattern; pattern++) {
		if (**pattern == '*')
			has_endings = true;
		else if (!take_file(&artifacts, *pattern, false))
			return;
	}
	if (has_endings)
		take_matches(&artifacts);
}
