/*
 * Reads the policy file into memory, and has the policy built. Cold.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#include "base/attributes.h"
#include "base/duration.h"
#include "shim/config/identity.h"
#include "shim/config/sources.h"
#include "shim/config/trusted.h"
#include "shim/system/kernel.h"

/* A file that was changed so recently may be changed again without a new time stamp: time stamps are
 * those of the last timer tick, or coarser on some file systems. */
#define SETTLE_TIME NANOSECONDS_PER_SECOND

#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t sources_hash(const void *bytes, size_t count)
{
	const unsigned char *at = bytes;
	uint64_t hash = FNV_BASIS;

	while (count-- > 0)
		hash = (hash ^ *at++) * FNV_PRIME;
	return hash;
}

static uint64_t fingerprint_of(const struct stat *status)
{
	const uint64_t values[] = {
		(uint64_t)status->st_dev,          (uint64_t)status->st_ino,
		(uint64_t)status->st_size,         (uint64_t)status->st_mtim.tv_sec,
		(uint64_t)status->st_mtim.tv_nsec, (uint64_t)status->st_ctim.tv_sec,
		(uint64_t)status->st_ctim.tv_nsec};
	uint64_t hash = FNV_BASIS;

	/* FNV-1a on words: the shift carries the high bits of a product to the low bits. */
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		hash = (hash ^ values[i]) * FNV_PRIME;
		hash ^= hash >> 32;
	}
	return hash > SOURCES_UNKNOWN ? hash : ~hash;
}

uint64_t sources_fingerprint(const struct sources *sources)
{
	struct stat status;
	const int result = kernel_status_at(sources->file, &status);

	if (result == -ENOENT || result == -ENOTDIR)
		return SOURCES_NO_FILE;
	return result == 0 ? fingerprint_of(&status) : SOURCES_UNKNOWN;
}

/* A time stamp in the future, from another machine, counts as settled: waiting would not help. */
static bool is_settled(const struct stat *status)
{
	struct timespec now;
	int64_t age;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	if (__builtin_mul_overflow(now.tv_sec - status->st_ctim.tv_sec, NANOSECONDS_PER_SECOND,
				   &age))
		return true;
	age += now.tv_nsec - status->st_ctim.tv_nsec;
	return age < -SETTLE_TIME || age >= SETTLE_TIME;
}

/* The text of the file. */
struct content {
	char *text;  /* NULL: none */
	size_t size; /* of the memory at text */
	size_t length;
};

/* Returns 0, or -Exxx with *why. */
static int read_content(int fd, const struct stat *status, struct content *content,
			const char **why)
{
	ssize_t n = 1;

	*why = "larger than 16 MiB";
	if (status->st_size < 0 || (size_t)status->st_size > SOURCES_FILE_MAXIMUM)
		return -EFBIG;
	*why = "no memory";
	content->size = (size_t)status->st_size + 1;
	content->text = kernel_allocate(content->size);
	if (content->text == NULL)
		return -ENOMEM;
	while (n > 0 && content->length < content->size) {
		n = kernel_read(fd, content->text + content->length,
				content->size - content->length);
		if (n > 0)
			content->length += (size_t)n;
	}
	*why = "cannot be read";
	if (n < 0)
		return (int)n;
	/* The file has grown since fstat(2): the next reload reads the rest. */
	if (content->length == content->size)
		content->length--;
	return 0;
}

/* Read the file; a missing file counts as an empty one. Returns 0, or -Exxx with *why. */
static int read_file(const struct sources *sources, struct content *content,
		     uint64_t *fingerprint, const char **why)
{
	struct stat status;
	int fd, result;

	*fingerprint = SOURCES_NO_FILE;
	if (sources->file[0] == '\0' || sources_fingerprint(sources) == SOURCES_NO_FILE)
		return 0;
	*fingerprint = SOURCES_UNSETTLED;
	fd = trusted_open(sources->file, sources->privileged, &status, why);
	if (fd == -ENOENT || fd == -ENOTDIR) {
		*fingerprint = SOURCES_NO_FILE;
		return 0;
	}
	if (fd < 0)
		return fd;
	result = read_content(fd, &status, content, why);
	if (result == 0 && is_settled(&status))
		*fingerprint = fingerprint_of(&status);
	kernel_close(fd);
	return result;
}

/* The path of the executable, for `prog`. */
LARGE char sources_executable[PATH_MAX];

static void find_program(const struct sources *sources, struct policy_program *program)
{
	const ssize_t length = kernel_link_at("/proc/self/exe", sources_executable,
					      sizeof sources_executable - 1);

	if (length > 0) {
		sources_executable[length] = '\0';
		program->path = sources_executable;
	}
	/* In a privileged program, the caller chooses this name. */
	if (!sources->privileged)
		program->invoked = (const char *)getauxval(AT_EXECFN);
}

/* The files of identity_find are read where a rule may ask for them. */
static void identity_find_where_asked(const struct policy_source *texts, unsigned int count,
				      struct policy_program *program)
{
	for (unsigned int i = 0; i < count; i++)
		if (memmem(texts[i].text, texts[i].length, "user=", 5) != NULL ||
		    memmem(texts[i].text, texts[i].length, "unit=", 5) != NULL) {
			identity_find(program);
			return;
		}
}

const char *sources_name(const struct sources *sources, unsigned int number)
{
	return sources->rules != NULL && number == 0 ? "SOCKTIMEOUT_RULES" : sources->file;
}

static int build_policy(const struct sources *sources, const struct content *content,
			struct sources_built *built, struct policy_error *error)
{
	struct policy_source texts[2];
	struct policy_program program = {0};
	unsigned int count = 0;
	int result;

	if (sources->rules != NULL)
		texts[count++] = (struct policy_source){sources_name(sources, 0),
							sources->rules, sources->rules_length};
	if (content->length != 0) {
		texts[count] = (struct policy_source){sources_name(sources, count),
						      content->text, content->length};
		count++;
	}
	if (count == 0)
		return 0;
	built->size = policy_size(texts, count);
	built->memory = kernel_allocate(built->size);
	*error = (struct policy_error){texts[count - 1].name, 1, 1, "too much",
				       "as much as there is memory for"};
	if (built->memory == NULL)
		return -ENOMEM;
	find_program(sources, &program);
	identity_find_where_asked(texts, count, &program);
	result = policy_build(built->memory, texts, count, &program, &built->policy, error);
	if (result != 0 || policy_count(built->policy) == 0) {
		kernel_free(built->memory, built->size);
		built->memory = NULL;
		built->policy = NULL;
	}
	return result;
}

int sources_build(const struct sources *sources, bool with_file, uint64_t known_content,
		  struct sources_built *built, struct text *complaint, bool *in_file)
{
	struct content content = {0};
	struct policy_error error;
	const char *why = NULL;
	int result = 0;

	*built = (struct sources_built){0};
	*in_file = true;
	if (with_file)
		result = read_file(sources, &content, &built->fingerprint, &why);
	if (result < 0) {
		text_put_escaped(complaint, sources->file, strlen(sources->file));
		text_put_string(complaint, ": ");
		text_put_string(complaint, why);
	} else {
		built->content = sources_hash(content.text, content.length);
		result = built->content == known_content
				 ? 1
				 : build_policy(sources, &content, built, &error);
		if (result < 0) {
			*in_file = error.source == sources->file;
			policy_put_error(complaint, &error);
		}
	}
	if (content.text != NULL)
		kernel_free(content.text, content.size);
	return result;
}
