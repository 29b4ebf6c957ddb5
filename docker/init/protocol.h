/*
 * The frames between the host and zuko-init: encoding and decoding only, no I/O.
 * The other half is zuko/sandbox/protocol.py; docs/reference/protocol.md describes both.
 * tests/golden/ holds frames as bytes that both sides have to read and write the same way.
 *
 *   frame   = type (1 byte) | length (u32) | payload (length bytes)
 *   numbers are little-endian; a string is length (u16) | bytes, without NUL inside
 *
 *   host -> zuko-init                          zuko-init -> host
 *     F  file    mode u16 | name | content       H  hello   abilities of this sandbox
 *     K  keep    the same, for every run         f  taken   mode u16 | name | content: a file that a run left
 *     D  drop    forget the kept files           o  output  stdout of an interactive run, as it comes; empty: its end
 *     I  input   bytes, appended to stdin        q  errors  stderr of a run whose streams are sent as they come
 *                                                s  skipped a file that was not collected: why | name
 *                                                r  result  how the run ended, cost, stdout, stderr
 *     R  run     limits | argv | env | take      p  pong    the same 8 bytes
 *     i  talk    bytes for an interactive run    E  error   why zuko-init gives up (text); it then ends
 *     e  over    no more: the other has ended    c  closed  an interactive run has closed its stdout and goes on
 *     S  stop    end the run                     w  warmed  why the runtime is not kept started; empty: it is
 *     P  ping    any 8 bytes                     l  linked  why there is no link; empty: there is one
 *     W  warm    path | argv | env
 *     L  link    side u8 | name                  z  sleeps  the program of a run uses no CPU time
 *                                                b  works   it uses some again
 */
#ifndef ZUKO_PROTOCOL_H
#define ZUKO_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROTOCOL_VERSION 5
#define FRAME_HEADER_SIZE 5
#define CONTROL_MAX 65536          /* bytes of a run frame's payload */
#define FILE_MAX (64u << 20)       /* bytes of one file's content */
#define INPUT_MAX (64u << 20)      /* bytes of standard input, all input frames together */
#define OUTPUT_MAX (64u << 20)     /* highest output limit: bytes of stdout, and of stderr */
#define KEPT_MAX 512               /* kept files; files taken from one run */
#define STRINGS_MAX 512            /* argv, env and take entries together */
#define TALK_MAX 65536             /* bytes of a talk or an output frame */
#define NAME_MAX_BYTES 255         /* of a path in the workspace */
#define NAME_PARTS_MAX 16          /* its directories, and the file */
#define LINK_NAME_MAX 64
#define DETAIL_MAX 200
#define UNKNOWN_U64 UINT64_MAX     /* not measured: never reported as 0 */
#define UNKNOWN_U32 UINT32_MAX

enum frame_type {
	FRAME_FILE = 'F', FRAME_KEEP = 'K', FRAME_DROP = 'D', FRAME_INPUT = 'I', FRAME_RUN = 'R', FRAME_TALK = 'i',
	FRAME_OVER = 'e', FRAME_STOP = 'S', FRAME_PING = 'P', FRAME_WARM = 'W', FRAME_LINK = 'L',
	FRAME_HELLO = 'H', FRAME_TAKEN = 'f', FRAME_OUTPUT = 'o', FRAME_RESULT = 'r', FRAME_PONG = 'p', FRAME_ERROR = 'E',
	FRAME_CLOSED = 'c', FRAME_WARMED = 'w', FRAME_LINKED = 'l', FRAME_ERRORS = 'q', FRAME_SKIPPED = 's',
	FRAME_SLEEPS = 'z', FRAME_WORKS = 'b',
};

/* Why a run ended: the first cause only. */
enum cause {
	CAUSE_NONE = 0,      /* it goes on; never in a result */
	CAUSE_EXITED = 1,    /* by itself, with an exit code */
	CAUSE_SIGNALLED = 2, /* by a signal that we did not send */
	CAUSE_WALL_TIME = 3,
	CAUSE_CPU_TIME = 4,
	CAUSE_OUTPUT = 5,
	CAUSE_MEMORY = 6,    /* the kernel's OOM killer, counted by the cgroup */
	CAUSE_SYSCALL = 7,   /* a call that the filter forbids; detail = its name */
	CAUSE_NOT_STARTED = 8, /* execve or the set-up before it failed; detail = step and errno */
	CAUSE_STOPPED = 9,   /* by a stop frame */
};

enum cpu_source { CPU_RUSAGE = 0, CPU_CGROUP_V1 = 1, CPU_CGROUP_V2 = 2 };
enum filter_mode { FILTER_KILL = 1, FILTER_NOTIFY = 2 };

struct frame_header {
	uint8_t type;
	uint32_t length;
};

struct file_header {
	uint16_t mode; /* permission bits, at most 0777 */
	char name[NAME_MAX_BYTES + 1];
	size_t size; /* bytes of the header in the payload; the content follows */
};

/* Limits of each process of a run, which it can lower and not raise; 0: none but the sandbox's. */
struct process_limits {
	uint32_t stack_kb;  /* KiB of the main thread's stack */
	uint32_t file_kb;   /* KiB of a file that it writes */
	uint32_t processes; /* processes and threads of the run together */
};

struct run_request {
	uint32_t wall_ms;      /* > 0 */
	uint32_t cpu_ms;       /* 0: no CPU time limit */
	uint32_t stdout_limit; /* bytes */
	uint32_t stderr_limit;
	uint8_t flush_signal;  /* sent at a time limit, so that the runtime can flush its buffers; 0: none */
	bool again;            /* after the run, empty the sandbox for the next one; else end */
	bool interactive;      /* standard input comes in talk frames, standard output goes in output frames */
	bool keep_taken;       /* keep the taken files for later runs */
	bool send_taken;       /* send the taken files to the host */
	bool linked;           /* interactive, and joined to a program of the other side of the link (link.h) */
	bool merge;            /* standard error goes into the pipe of standard output */
	bool collect;          /* send what can be taken, whatever the outcome is, and report what cannot */
	bool streams;          /* send both outputs as they come; the result has none */
	struct process_limits limits;
	uint32_t collect_bytes; /* of all collected files together */
	uint16_t collect_files; /* the highest number of them */
	/* Pointers into the payload buffer, NULL-terminated. */
	char *argv[STRINGS_MAX + 2];
	char *envp[STRINGS_MAX + 2];
	char *take[STRINGS_MAX + 2]; /* files to take after the run: each a path, or a pattern (artifacts.h) */
};

enum link_side { LINK_LISTENS = 1, LINK_CONNECTS = 2 };

struct link_request {
	uint8_t side; /* enum link_side */
	char name[LINK_NAME_MAX + 1];
};

/* A runtime to keep warm. */
struct warm_request {
	char *path; /* to execute; argv[0] is what programs see */
	/* Pointers into the payload buffer, NULL-terminated. */
	char *argv[STRINGS_MAX + 2];
	char *envp[STRINGS_MAX + 2];
};

enum isolation_grade { GRADE_CONTAINER = 1, GRADE_NAMESPACES = 2 };

struct hello {
	uint8_t cpu_source, filter_mode;
	bool counts_oom_kills;
	uint8_t grade;              /* enum isolation_grade */
	uint32_t uid;
	char detail[DETAIL_MAX + 1]; /* why the grade is not the one that was asked for; "" if it is */
};

struct result {
	uint8_t cause, cpu_source;
	bool stdout_truncated, stderr_truncated;
	bool again;        /* emptied and audited: ready for another run */
	uint8_t heard;     /* end of an interactive run's input that it has read: enum input_end_kind */
	int32_t exit_code; /* -1: it did not exit */
	int32_t signal;    /* 0: none */
	uint64_t cpu_ns, wall_ns, peak_rss_bytes;
	uint32_t oom_kills;
	char detail[DETAIL_MAX + 1];
	uint32_t stdout_size, stderr_size;
};
#define HELLO_MAX (10 + 2 + DETAIL_MAX)
#define WARM_MAX 8192 /* bytes of a warm frame's payload */
#define RESULT_MAX (6 + 4 + 4 + 3 * 8 + 4 + 2 + DETAIL_MAX + 8)

bool frame_type_is_request(uint8_t type);
struct frame_header frame_header_decode(const uint8_t bytes[FRAME_HEADER_SIZE]);
void frame_header_encode(struct frame_header header, uint8_t bytes[FRAME_HEADER_SIZE]);

/* Return NULL if the payload is well-formed, else the problem. Those of a run and of a runtime keep pointers into `payload` and
 * write NULs between its strings, one of them behind its last byte. */
const char *file_header_decode(const uint8_t *payload, size_t size, struct file_header *out);
const char *run_request_decode(uint8_t *payload, size_t size, struct run_request *out);
const char *warm_request_decode(uint8_t *payload, size_t size, struct warm_request *out);
const char *link_request_decode(const uint8_t *payload, size_t size, struct link_request *out);

/* Return the number of bytes written. A result is encoded without stdout and stderr, which follow it in this order. */
size_t hello_encode(const struct hello *hello, uint8_t out[HELLO_MAX]);
size_t file_header_encode(uint16_t mode, const char *name, uint8_t out[4 + NAME_MAX_BYTES]);
/* The payload of a skipped frame. */
#define SKIPPED_MAX (2 + DETAIL_MAX + NAME_MAX_BYTES)
size_t skipped_encode(const char *why, const char *name, uint8_t out[SKIPPED_MAX]);

size_t result_encode(const struct result *result, uint8_t out[RESULT_MAX]);

#endif
