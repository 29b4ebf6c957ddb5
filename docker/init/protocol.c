#include "protocol.h"

#include <string.h>

static uint16_t get_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint8_t *put_u16(uint8_t *p, uint16_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	return p + 2;
}

static uint8_t *put_u32(uint8_t *p, uint32_t value)
{
	return put_u16(put_u16(p, (uint16_t)value), (uint16_t)(value >> 16));
}

static uint8_t *put_u64(uint8_t *p, uint64_t value)
{
	return put_u32(put_u32(p, (uint32_t)value), (uint32_t)(value >> 32));
}

bool frame_type_is_request(uint8_t type)
{
	return type == FRAME_FILE || type == FRAME_KEEP || type == FRAME_DROP || type == FRAME_INPUT ||
	       type == FRAME_RUN || type == FRAME_TALK || type == FRAME_OVER || type == FRAME_STOP || type == FRAME_PING ||
	       type == FRAME_WARM || type == FRAME_LINK;
}

struct frame_header frame_header_decode(const uint8_t bytes[FRAME_HEADER_SIZE])
{
	return (struct frame_header){.type = bytes[0], .length = get_u32(bytes + 1)};
}

void frame_header_encode(struct frame_header header, uint8_t bytes[FRAME_HEADER_SIZE])
{
	bytes[0] = header.type;
	put_u32(bytes + 1, header.length);
}

/* Returns true for a path that does not lead out of the directory that it is in. The host checks names too, with better
 * messages. */
static bool is_path(const char *name)
{
	size_t parts = 0;
	for (const char *end;; name = end + 1) {
		end = strchrnul(name, '/');
		size_t length = (size_t)(end - name);
		if (length == 0 || ++parts > NAME_PARTS_MAX)
			return false;
		if ((length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		if (*end == '\0')
			return true;
	}
}

const char *file_header_decode(const uint8_t *payload, size_t size, struct file_header *out)
{
	if (size < 4)
		return "file: too short";
	uint16_t mode = get_u16(payload), length = get_u16(payload + 2);
	if (mode & ~0777)
		return "file: mode has bits other than permissions";
	if (length == 0 || length > NAME_MAX_BYTES)
		return "file: name is empty or too long";
	if ((size_t)length > size - 4)
		return "file: name runs past the frame";
	memcpy(out->name, payload + 4, length);
	out->name[length] = '\0';
	if (strlen(out->name) != length)
		return "file: NUL in name";
	if (!is_path(out->name))
		return "file: name is not a path in the workspace";
	out->mode = mode;
	out->size = 4 + (size_t)length;
	return NULL;
}

struct string_list {
	char **strings; /* room for a NULL behind the last one */
	size_t count;
};

/* Decodes strings from `at` to the end of the payload. The NUL of each overwrites the length of the next one, so no copy
 * is needed; that of the last one is written behind the payload. */
static const char *strings_decode(uint8_t *payload, size_t size, size_t at, const struct string_list *lists, size_t listc)
{
	uint8_t *after_last = NULL;
	for (size_t l = 0; l < listc; l++) {
		for (size_t i = 0; i < lists[l].count; i++) {
			if (size - at < 2)
				return "string runs past the frame";
			size_t length = get_u16(payload + at);
			if (length > size - at - 2)
				return "string runs past the frame";
			if (memchr(payload + at + 2, '\0', length))
				return "NUL in string";
			if (after_last)
				*after_last = '\0';
			lists[l].strings[i] = (char *)payload + at + 2;
			at += 2 + length;
			after_last = payload + at;
		}
		lists[l].strings[lists[l].count] = NULL;
	}
	if (at != size)
		return "bytes after the last string";
	*after_last = '\0'; /* the caller's buffer has one byte more than the payload */
	return NULL;
}

const char *warm_request_decode(uint8_t *payload, size_t size, struct warm_request *out)
{
	enum { FIXED = 2 * 2 };
	if (size < FIXED)
		return "warm: too short";
	size_t argc = get_u16(payload), envc = get_u16(payload + 2);
	if (argc == 0)
		return "warm: empty argv";
	if (argc + envc > STRINGS_MAX)
		return "warm: too many strings";
	char *path[2] = {NULL};
	const struct string_list lists[] = {{path, 1}, {out->argv, argc}, {out->envp, envc}};
	const char *problem = strings_decode(payload, size, FIXED, lists, 3);
	out->path = path[0];
	return problem;
}

const char *link_request_decode(const uint8_t *payload, size_t size, struct link_request *out)
{
	if (size < 2)
		return "link: too short";
	size_t length = size - 1;
	out->side = payload[0];
	if (out->side != LINK_LISTENS && out->side != LINK_CONNECTS)
		return "link: no such side";
	if (length > LINK_NAME_MAX || memchr(payload + 1, '\0', length))
		return "link: not a name";
	memcpy(out->name, payload + 1, length);
	out->name[length] = '\0';
	return NULL;
}

const char *run_request_decode(uint8_t *payload, size_t size, struct run_request *out)
{
	enum { FIXED = 4 * 4 + 2 + 3 * 2 + 4 * 4 + 2 };
	enum { AGAIN = 1, INTERACTIVE = 2, KEEP_TAKEN = 4, SEND_TAKEN = 8, LINKED = 16, MERGE = 32, COLLECT = 64, STREAMS = 128 };
	if (size < FIXED)
		return "run: too short";
	out->wall_ms = get_u32(payload);
	out->cpu_ms = get_u32(payload + 4);
	out->stdout_limit = get_u32(payload + 8);
	out->stderr_limit = get_u32(payload + 12);
	out->flush_signal = payload[16];
	out->again = payload[17] & AGAIN;
	out->interactive = payload[17] & INTERACTIVE;
	out->keep_taken = payload[17] & KEEP_TAKEN;
	out->send_taken = payload[17] & SEND_TAKEN;
	out->linked = payload[17] & LINKED;
	out->merge = payload[17] & MERGE;
	out->collect = payload[17] & COLLECT;
	out->streams = payload[17] & STREAMS;
	size_t argc = get_u16(payload + 18), envc = get_u16(payload + 20), takec = get_u16(payload + 22);
	out->limits.stack_kb = get_u32(payload + 24);
	out->limits.file_kb = get_u32(payload + 28);
	out->limits.processes = get_u32(payload + 32);
	out->collect_bytes = get_u32(payload + 36);
	out->collect_files = get_u16(payload + 40);
	if (out->linked && !out->interactive)
		return "run: linked and not interactive";
	if (out->interactive && out->merge)
		return "run: interactive, and its outputs are not apart";
	if (out->linked && out->streams)
		return "run: linked, and its outputs are not ours";
	if (out->collect && (out->keep_taken || out->send_taken))
		return "run: collects files, and takes them";
	if (!out->collect && (out->collect_bytes || out->collect_files))
		return "run: limits of files that it does not collect";
	if (out->collect_bytes > FILE_MAX)
		return "run: too much to collect";
	if (out->wall_ms == 0)
		return "run: no wall time limit";
	if (out->stdout_limit > OUTPUT_MAX || out->stderr_limit > OUTPUT_MAX)
		return "run: output limit too high";
	if (out->flush_signal > 64)
		return "run: no such signal";
	if (argc == 0)
		return "run: empty argv";
	if (argc + envc + takec > STRINGS_MAX)
		return "run: too many strings";

	const struct string_list lists[] = {{out->argv, argc}, {out->envp, envc}, {out->take, takec}};
	const char *problem = strings_decode(payload, size, FIXED, lists, 3);
	if (problem)
		return problem;
	for (size_t i = 0; i < takec; i++)
		if (strlen(out->take[i]) > NAME_MAX_BYTES || !is_path(out->take[i]))
			return "run: not a name of a file to take";
	return NULL;
}

size_t hello_encode(const struct hello *hello, uint8_t out[HELLO_MAX])
{
	size_t detail = strnlen(hello->detail, DETAIL_MAX);
	uint8_t *p = put_u16(out, PROTOCOL_VERSION);
	*p++ = hello->cpu_source;
	*p++ = hello->filter_mode;
	*p++ = hello->counts_oom_kills;
	*p++ = hello->grade;
	p = put_u32(p, hello->uid);
	p = put_u16(p, (uint16_t)detail);
	memcpy(p, hello->detail, detail);
	return (size_t)(p + detail - out);
}

size_t file_header_encode(uint16_t mode, const char *name, uint8_t out[4 + NAME_MAX_BYTES])
{
	size_t length = strnlen(name, NAME_MAX_BYTES);
	memcpy(put_u16(put_u16(out, mode), (uint16_t)length), name, length);
	return 4 + length;
}

size_t skipped_encode(const char *why, const char *name, uint8_t out[SKIPPED_MAX])
{
	size_t reason = strnlen(why, DETAIL_MAX), length = strnlen(name, NAME_MAX_BYTES);
	uint8_t *p = put_u16(out, (uint16_t)reason);
	memcpy(p, why, reason);
	memcpy(p + reason, name, length);
	return 2 + reason + length;
}

size_t result_encode(const struct result *result, uint8_t out[RESULT_MAX])
{
	size_t detail = strnlen(result->detail, DETAIL_MAX);
	uint8_t *p = out;
	*p++ = result->cause;
	*p++ = result->cpu_source;
	*p++ = result->stdout_truncated;
	*p++ = result->stderr_truncated;
	*p++ = result->again;
	*p++ = result->heard;
	p = put_u32(p, (uint32_t)result->exit_code);
	p = put_u32(p, (uint32_t)result->signal);
	p = put_u64(p, result->cpu_ns);
	p = put_u64(p, result->wall_ns);
	p = put_u64(p, result->peak_rss_bytes);
	p = put_u32(p, result->oom_kills);
	p = put_u16(p, (uint16_t)detail);
	memcpy(p, result->detail, detail);
	p += detail;
	p = put_u32(p, result->stdout_size);
	p = put_u32(p, result->stderr_size);
	return (size_t)(p - out);
}
