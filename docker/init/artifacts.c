#include "artifacts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "beneath.h"
#include "dirent64.h"
#include "host.h"
#include "pattern.h"
#include "store.h"

/* A search takes no time limit of the program's: so many comparisons take a tenth of a second. */
#define STEPS_MAX (1u << 25)
#define SKIPPED_FILES_MAX 16 /* files that were not collected and are reported, each by a frame */

struct artifacts {
	const struct run_request *request;
	int dir;
	uint64_t room; /* bytes that may still be taken */
	int count, most;
	int skipped; /* of them, what was reported */
	char *detail;
	uint64_t steps; /* comparisons that the search took */
	char path[NAME_MAX_BYTES + 2]; /* where the search is */
};

static void skip(struct artifacts *artifacts, const char *name, const char *problem)
{
	uint8_t payload[SKIPPED_MAX];
	if (artifacts->skipped > SKIPPED_FILES_MAX)
		return;
	if (artifacts->skipped++ == SKIPPED_FILES_MAX)
		problem = "there are more", name = "";
	send_frame(FRAME_SKIPPED, payload, skipped_encode(problem, name, payload));
}

/* Reports "take NAME: PROBLEM", or a file that is not collected. Returns true if the search goes on. */
static bool reject(struct artifacts *artifacts, const char *name, const char *problem)
{
	if (artifacts->request->collect) {
		skip(artifacts, name, problem);
		return true;
	}
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
	if (artifacts->count == artifacts->most) {
		reject(artifacts, name, "too many files");
		return false;
	}
	artifacts->count++;
	artifacts->room -= size;
	const char *problem = artifacts->request->keep_taken ? keep(fd, name, mode, size) : NULL;
	if (problem)
		return reject(artifacts, name, problem);
	if (artifacts->request->send_taken || artifacts->request->collect) {
		lseek(fd, 0, SEEK_SET);
		send(fd, name, mode, size);
	}
	return true;
}

/* Returns false if the file cannot be taken, after reporting it. `last` is the part of the path that is in `parent`;
 * `is_match`: a pattern matched the path. */
static bool take_file(struct artifacts *artifacts, int parent, const char *last, const char *path, bool is_match)
{
	struct stat stat;
	bool is_there = parent >= 0 && fstatat(parent, last, &stat, AT_SYMLINK_NOFOLLOW) == 0;
	if (is_match && (!is_there || S_ISDIR(stat.st_mode)))
		return true;
	if (is_match && !S_ISREG(stat.st_mode) && !artifacts->request->collect)
		return true;
	if (!is_there)
		return reject(artifacts, path, strerror(errno));
	if (!S_ISREG(stat.st_mode))
		return reject(artifacts, path, "not a regular file");
	if (!is_utf8(path))
		return reject(artifacts, path, "name is not UTF-8");
	int fd = openat(parent, last, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return reject(artifacts, path, strerror(errno));
	bool taken = take_open_file(artifacts, fd, path, &stat);
	close(fd);
	return taken;
}

static bool take_named(struct artifacts *artifacts, const char *path)
{
	const char *last = NULL;
	int parent = beneath_open(artifacts->dir, path, false, &last);
	bool taken = take_file(artifacts, parent, last, path, false);
	beneath_close(artifacts->dir, parent);
	return taken;
}

/* Returns true if a pattern matches the path, no plain name does, and the file is not kept. */
static bool is_wanted(struct artifacts *artifacts, const char *path)
{
	bool matches = false;
	for (char *const *each = artifacts->request->take; *each; each++)
		if (!pattern_is(*each) && strcmp(*each, path) == 0)
			return false; /* already taken */
		else if (!matches && pattern_is(*each))
			matches = pattern_matches(*each, path, &artifacts->steps);
	return matches && !store_has(path);
}

static bool leads_on(struct artifacts *artifacts, const char *path)
{
	for (char *const *each = artifacts->request->take; *each; each++)
		if (pattern_is(*each) && pattern_leads_on(*each, path, &artifacts->steps))
			return true;
	return false;
}

static bool take_matches(struct artifacts *artifacts, int dir, size_t length, int depth);

/* Looks at one entry of a directory, whose path is the first `length` bytes of `artifacts->path`, with its slash. */
static bool look_at(struct artifacts *artifacts, int dir, size_t length, int depth, const char *name)
{
	char *path = artifacts->path;
	size_t added = strlen(name);
	if (length + added > NAME_MAX_BYTES || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	memcpy(path + length, name, added + 1);
	if (artifacts->steps++ > STEPS_MAX) {
		reject(artifacts, path, "there are too many names");
		return false;
	}
	if (is_wanted(artifacts, path) && !take_file(artifacts, dir, name, path, true))
		return false;
	if (depth == NAME_PARTS_MAX || length + added == NAME_MAX_BYTES || !leads_on(artifacts, path))
		return true;
	int below = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (below < 0)
		return true; /* most likely not a directory */
	path[length + added] = '/';
	bool goes_on = take_matches(artifacts, below, length + added + 1, depth + 1);
	close(below);
	return goes_on;
}

static bool take_matches(struct artifacts *artifacts, int dir, size_t length, int depth)
{
	_Alignas(struct linux_dirent64) char buffer[4096];
	lseek(dir, 0, SEEK_SET);
	for (long size; (size = syscall(SYS_getdents64, dir, buffer, sizeof buffer)) > 0;)
		for (long at = 0; at < size;) {
			struct linux_dirent64 *entry = (struct linux_dirent64 *)(buffer + at);
			at += entry->d_reclen;
			if (!look_at(artifacts, dir, length, depth, entry->d_name))
				return false;
		}
	return true;
}

void artifacts_take(const struct run_request *request, int dir, char detail[DETAIL_MAX + 1])
{
	struct artifacts artifacts = {.request = request, .dir = dir, .room = FILE_MAX, .most = KEPT_MAX, .detail = detail};
	if (request->collect) {
		artifacts.room = request->collect_bytes;
		artifacts.most = request->collect_files;
	}
	bool has_patterns = false;
	for (char *const *each = request->take; *each; each++) {
		if (pattern_is(*each))
			has_patterns = true;
		else if (!take_named(&artifacts, *each))
			return;
	}
	if (has_patterns)
		take_matches(&artifacts, dir, 0, 1);
}
