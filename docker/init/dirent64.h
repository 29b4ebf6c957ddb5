/* What getdents64(2) writes; the call is used as it is because opendir(3) takes memory and a descriptor. */
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
