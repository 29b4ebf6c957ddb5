#include "submission.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "beneath.h"
#include "host.h"
#include "protocol.h"
#include "store.h"

static struct {
	int fd; /* memfd, -1 until the first input frame */
	uint64_t size;
} input = {.fd = -1};

static void open_input(void)
{
	if (input.fd >= 0)
		return;
	input.fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (input.fd < 0)
		die("memfd_create for standard input");
}

int submission_seal_input(void)
{
	open_input();
	int fd = input.fd;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		die("seal standard input");
	lseek(fd, 0, SEEK_SET);
	input.fd = -1;
	input.size = 0;
	return fd;
}

void submission_take_input(uint32_t size)
{
	open_input();
	input.size += size;
	if (input.size > INPUT_MAX)
		refuse("input: more than %u bytes", INPUT_MAX);
	if (!receive_into(input.fd, size))
		die("write standard input");
}

bool submission_has_input(void)
{
	return input.fd >= 0;
}

/* Receives the header of a file frame: 4 bytes, the last two being the length of the name, then the name. Returns the
 * length of the content, which follows. */
static uint32_t receive_file_header(uint32_t size, struct file_header *header)
{
	uint8_t bytes[4 + NAME_MAX_BYTES];
	if (size < 4)
		refuse("file: too short");
	receive(bytes, 4);
	size_t name = (size_t)bytes[2] | (size_t)bytes[3] << 8;
	if (name > size - 4)
		refuse("file: name runs past the frame");
	if (name > NAME_MAX_BYTES)
		refuse("file: name is too long");
	receive(bytes + 4, name);
	const char *problem = file_header_decode(bytes, 4 + name, header);
	if (problem)
		refuse("%s", problem);
	size_t content = size - header->size;
	if (content > FILE_MAX)
		refuse("file: more than %u bytes", FILE_MAX);
	return (uint32_t)content;
}

void submission_take_file(uint32_t size, int dir)
{
	struct file_header header;
	uint32_t content = receive_file_header(size, &header);
	const char *last = NULL;
	int parent = beneath_open(dir, header.name, true, &last);
	int fd = parent < 0 ? -1 : openat(parent, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	beneath_close(dir, parent);
	if (fd < 0)
		die("create %s", header.name);
	if (!receive_into(fd, content))
		die("write %s", header.name);
	if (fchmod(fd, header.mode) < 0 || close(fd) < 0)
		die("finish %s", header.name);
}

void submission_keep_file(uint32_t size)
{
	struct file_header header;
	int fd = -1;
	uint32_t content = receive_file_header(size, &header);
	const char *problem = store_begin(header.name, header.mode, content, &fd);
	if (problem)
		refuse("keep %.100s: %s", header.name, problem);
	if (!receive_into(fd, content))
		die("keep %.100s", header.name);
	store_finish();
}
