#include "pattern.h"

#include <stddef.h>
#include <string.h>

struct part {
	const char *at;
	size_t size;
};

/* Returns the part of a path that begins at `at`, and the beginning of the next one: NULL after the last. */
static struct part part_of(const char *at, const char **next)
{
	const char *end = strchrnul(at, '/');
	*next = *end ? end + 1 : NULL;
	return (struct part){at, (size_t)(end - at)};
}

static bool is_any_depth(struct part part)
{
	return part.size == 2 && part.at[0] == '*' && part.at[1] == '*';
}

/* Only the last `*` is tried again with more: what the ones before it took is as good as anything else. */
static bool part_matches(struct part pattern, struct part name, uint64_t *steps)
{
	size_t p = 0, n = 0, star = SIZE_MAX, from = 0;
	while (n < name.size) {
		++*steps;
		if (p < pattern.size && pattern.at[p] == '*') {
			star = p++;
			from = n;
		} else if (p < pattern.size && (pattern.at[p] == '?' || pattern.at[p] == name.at[n])) {
			p++;
			n++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			n = ++from;
		} else {
			return false;
		}
	}
	while (p < pattern.size && pattern.at[p] == '*')
		p++;
	return p == pattern.size;
}

bool pattern_is(const char *pattern)
{
	return strpbrk(pattern, "*?") != NULL;
}

bool pattern_matches(const char *pattern, const char *path, uint64_t *steps)
{
	const char *any = NULL, *from = NULL; /* after the last `**`, and the first part that it does not stand for */
	for (;;) {
		++*steps;
		const char *after_pattern = NULL, *after_path = NULL;
		if (pattern) {
			struct part part = part_of(pattern, &after_pattern);
			if (is_any_depth(part)) {
				if (!after_pattern)
					return path != NULL;
				any = pattern = after_pattern;
				from = path;
				continue;
			}
			if (path && part_matches(part, part_of(path, &after_path), steps)) {
				pattern = after_pattern;
				path = after_path;
				continue;
			}
		} else if (!path) {
			return true;
		}
		if (!any || !from)
			return false;
		part_of(from, &from);
		pattern = any;
		path = from;
	}
}

bool pattern_leads_on(const char *pattern, const char *directory, uint64_t *steps)
{
	for (const char *next, *below; pattern; pattern = next, directory = below) {
		struct part part = part_of(pattern, &next);
		if (is_any_depth(part))
			return true;
		if (!directory)
			return true;
		if (!part_matches(part, part_of(directory, &below), steps))
			return false;
	}
	return false;
}
