/* The entries that getdents64(2) writes. We call it directly because opendir(3) allocates memory and a descriptor. */
#ifndef ZUKO_DIRENT64_H
#define ZUKO_DIRENT64_H

#include <stdint.h>

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

#endif
