/*
 * A runtime that can be kept warm, as docker/python/main.c is one, without an interpreter.
 *
 *   runtime WORD...
 *
 * Executed under the name of WARM it is the warm runtime. Each program prints how it was started and its state, one
 * fact a line ("name value"), then does what its standard input says: the argv of a program has to be that of the
 * runtime. Without a known word there it copies its input.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "../warm.h"

#define WARM "/mnt/warm"

static int made; /* boxes, before this one */

static void before(void)
{
	made++;
}

static void in_parent(void)
{
}

/* Leaks: it never frees. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0:handle_abort=0";
}

static void print_state(char **argv)
{
	for (; *argv; argv++)
		printf("arg %s\n", *argv);
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		err(1, "/proc/self/fd");
	for (struct dirent *entry; (entry = readdir(dir));)
		if (*entry->d_name != '.' && atoi(entry->d_name) != dirfd(dir))
			printf("fd %s\n", entry->d_name);
	closedir(dir);
	printf("pid %d\nppid %d\nsid %d\n", getpid(), getppid(), getsid(0));
	char line[512];
	FILE *status = fopen("/proc/self/status", "r");
	if (!status)
		err(1, "/proc/self/status");
	while (fgets(line, sizeof line, status))
		fputs(line, stdout);
	fclose(status);
}

static int do_as_told(void)
{
	char word[64];
	size_t size = fread(word, 1, sizeof word - 1, stdin);
	word[size] = '\0';
	fflush(stdout);
	if (strncmp(word, "exit ", 5) == 0)
		return atoi(word + 5);
	if (strcmp(word, "abort") == 0)
		abort();
	if (strcmp(word, "unshare") == 0)
		unshare(CLONE_NEWUSER);
	else if (strcmp(word, "kill") == 0)
		printf("killed %d\n", kill(-1, SIGKILL));
	else if (strcmp(word, "leave") == 0 && fork() == 0)
		pause();
	else if (strcmp(word, "write") == 0)
		printf("written %d\n", open("file", O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
	else if (strcmp(word, "spin") == 0)
		for (;;)
			;
	else
		printf("input %s\n", word);
	return 0;
}

int main(int argc, char **argv)
{
	const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
	if (argc > 0 && name && strcmp(name, WARM) == 0) {
		open("/dev/null", O_RDONLY); /* programs must not inherit it */
		const struct warm_hooks hooks = {.before = before, .in_parent = in_parent, .argv = argv};
		warm_serve(&hooks);
		printf("started warm\nboxes %d\n", made);
	} else {
		printf("started cold\n");
	}
	print_state(argv);
	return do_as_told();
}
