/*
 * Reads /etc/nsswitch.conf and /etc/hosts. Cold.
 *
 * The first says whether the second is asked first (nsswitch.conf(5)); a name that stands there
 * for the family that is asked for ends the lookup (nss/nss_files/files-hosts.c).
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "base/attributes.h"
#include "shim/system/kernel.h"
#include "shim/resolver/lookup_local.h"

#define NSSWITCH_PATH "/etc/nsswitch.conf"
#define HOSTS_PATH    "/etc/hosts"

/* A file, line by line. Lines that are longer than the buffer are passed over. */
struct lines {
	int fd;
	size_t next, filled; /* in the buffer: the next line's start, and the end */
	char buffer[4096];
};

static void lines_open(struct lines *lines, const char *path)
{
	lines->fd = kernel_open_read(path);
	lines->next = lines->filled = 0;
}

static void lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		kernel_close(lines->fd);
}

/* More behind what is left in the buffer; false at the end of the file. */
static bool lines_fill(struct lines *lines)
{
	ssize_t count;

	memmove(lines->buffer, lines->buffer + lines->next, lines->filled - lines->next);
	lines->filled -= lines->next;
	lines->next = 0;
	count = kernel_read(lines->fd, lines->buffer + lines->filled,
			    sizeof lines->buffer - lines->filled);
	if (count <= 0)
		return false;
	lines->filled += (size_t)count;
	return true;
}

/* Take the line from the buffer: up to the byte at end. */
static char *lines_take(struct lines *lines, char *end)
{
	char *const line = lines->buffer + lines->next;

	*end = '\0';
	lines->next = (size_t)(end - lines->buffer);
	return line;
}

/* The next line, NUL-terminated, or NULL. */
static char *lines_next(struct lines *lines)
{
	bool too_long = false;

	if (lines->fd < 0)
		return NULL;
	for (;;) {
		char *const begin = lines->buffer + lines->next;
		char *const end = memchr(begin, '\n', lines->filled - lines->next);

		if (end != NULL && !too_long) {
			char *const line = lines_take(lines, end);

			lines->next++;
			return line;
		}
		if (end != NULL) {
			too_long = false;
			lines->next = (size_t)(end + 1 - lines->buffer);
			continue;
		}
		if (lines->filled - lines->next == sizeof lines->buffer) {
			too_long = true;
			lines->next = lines->filled;
		}
		if (lines_fill(lines))
			continue;
		/* The last line may be without its newline. */
		if (too_long || lines->filled == lines->next)
			return NULL;
		return lines_take(lines, lines->buffer + lines->filled);
	}
}

/* The next word of *rest, NUL-terminated, or NULL. */
static char *next_word(char **rest)
{
	/* isspace(3) of the C locale. */
	static const char space[] = " \t\n\v\f\r";
	char *const word = *rest + strspn(*rest, space);
	char *const end = word + strcspn(word, space);

	if (*word == '\0')
		return NULL;
	*rest = *end == '\0' ? end : end + 1;
	*end = '\0';
	return word;
}

/* Who answers for hosts. */
enum source {
	SOURCE_NETWORK,     /* or we do not know */
	SOURCE_FILES_FIRST, /* /etc/hosts, then others */
	SOURCE_LOCAL        /* nobody on the network */
};

/* Services of libc and systemd that read files and the machine's own name. */
static bool service_is_local(const char *service)
{
	static const char *const local[] = {"files", "db", "myhostname", "altfiles"};

	for (size_t i = 0; i < COUNT_OF(local); i++)
		if (strcmp(service, local[i]) == 0)
			return true;
	return false;
}

/* Pass over an action, `[NOTFOUND=return]`, that begins with word; false where it does not end
 * with a word. */
static bool skip_action(const char *word, char **rest)
{
	while (word != NULL && strchr(word, ']') == NULL)
		word = next_word(rest);
	return word != NULL && strchr(word, ']')[1] == '\0';
}

/* Of what stands behind `hosts:`. A comment is none there: libc asks for the service `#`, and for
 * those behind it. */
static enum source source_of(char *services)
{
	bool files_first = false, local = true;
	size_t count = 0;

	for (char *service; (service = next_word(&services)) != NULL;) {
		if (service[0] == '[') {
			/* `files [SUCCESS=continue] dns`: what the file says is not the end. */
			if (count <= 1)
				files_first = false;
			if (!skip_action(service, &services))
				return SOURCE_NETWORK;
			continue;
		}
		if (count++ == 0)
			files_first = strcmp(service, "files") == 0;
		local = local && service_is_local(service);
	}
	if (count == 0)
		return SOURCE_NETWORK;
	return local ? SOURCE_LOCAL : files_first ? SOURCE_FILES_FIRST : SOURCE_NETWORK;
}

static enum source source_of_hosts(void)
{
	static const char database[] = "hosts:";
	enum source source = SOURCE_NETWORK;
	struct lines lines;
	size_t found = 0;

	lines_open(&lines, NSSWITCH_PATH);
	for (char *line; (line = lines_next(&lines)) != NULL;) {
		line += strspn(line, " \t");
		if (strncmp(line, database, sizeof database - 1) != 0)
			continue;
		source = source_of(line + sizeof database - 1);
		found++;
	}
	lines_close(&lines);
	return found == 1 ? source : SOURCE_NETWORK;
}

/* A line of /etc/hosts: its address, and the names in *names. AF_UNSPEC for no such line. */
static int host_line(char *line, unsigned char address[sizeof(struct in6_addr)], char **names)
{
	const char *word;

	line[strcspn(line, "#")] = '\0';
	word = next_word(&line);
	*names = line;
	if (word == NULL)
		return AF_UNSPEC;
	if (inet_pton(AF_INET, word, address) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, word, address) == 1 ? AF_INET6 : AF_UNSPEC;
}

static bool names_have(char *names, const char *wanted)
{
	for (char *name; (name = next_word(&names)) != NULL;)
		if (strcasecmp(name, wanted) == 0)
			return true;
	return false;
}

static size_t address_size(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* A line of /etc/hosts has the name (not NULL) or the address, of the family. */
static bool hosts_have(const char *name, const void *address, int family)
{
	unsigned char there[sizeof(struct in6_addr)];
	struct lines lines;
	bool found = false;
	char *names;

	lines_open(&lines, HOSTS_PATH);
	for (char *line; !found && (line = lines_next(&lines)) != NULL;) {
		const int its = host_line(line, there, &names);

		if (its == AF_UNSPEC || (family != AF_UNSPEC && its != family))
			continue;
		if (name != NULL)
			found = names_have(names, name);
		else if (address != NULL)
			found = memcmp(there, address, address_size(its)) == 0 &&
				next_word(&names) != NULL;
	}
	lines_close(&lines);
	return found;
}

bool lookup_name_is_address(const char *name)
{
	const int saved_errno = errno;
	const char *const scope = strchr(name, '%');
	char digits[INET6_ADDRSTRLEN];
	const size_t length = scope != NULL ? (size_t)(scope - name) : strlen(name);
	unsigned char address[sizeof(struct in6_addr)];
	struct in_addr ipv4;
	bool is;

	/* inet_aton ignores what stands behind a space; getaddrinfo does not. */
	is = strpbrk(name, " \t\n\v\f\r") == NULL && inet_aton(name, &ipv4) != 0;
	if (!is && length < sizeof digits) {
		memcpy(digits, name, length);
		digits[length] = '\0';
		is = inet_pton(AF_INET6, digits, address) == 1;
	}
	errno = saved_errno;
	return is;
}

bool lookup_name_is_address_of(const char *name, int family)
{
	const int saved_errno = errno;
	unsigned char address[sizeof(struct in6_addr)];
	const bool is = (family == AF_INET || family == AF_INET6) &&
			inet_pton(family, name, address) == 1;

	errno = saved_errno;
	return is;
}

/* What was found to be local, a word each: a hash of the question and of the files' identities and
 * times, so that a file that has changed is another question. Saves reading them. */
static _Atomic uint64_t known[16];

/* FNV-1a. */
static void hash_add(uint64_t *hash, const void *bytes, size_t count)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < count; i++)
		*hash = (*hash ^ byte[i]) * UINT64_C(0x100000001b3);
}

/* Add what tells the file from any other; false where there is none, or where it has changed so
 * lately that its times may not show the next change. */
static bool hash_add_file(uint64_t *hash, const char *path)
{
	struct timespec now;
	struct stat file;

	if (stat(path, &file) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
		return false;
	hash_add(hash, &file.st_dev, sizeof file.st_dev);
	hash_add(hash, &file.st_ino, sizeof file.st_ino);
	hash_add(hash, &file.st_size, sizeof file.st_size);
	hash_add(hash, &file.st_mtim, sizeof file.st_mtim);
	hash_add(hash, &file.st_ctim, sizeof file.st_ctim);
	return file.st_ctim.tv_sec + 2 < now.tv_sec;
}

/* name, or NULL and an address, is answered by files. */
static bool is_local(const char *name, const void *address, int family)
{
	const int saved_errno = errno;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	/* Both, whatever the first says. */
	const bool services_settled = hash_add_file(&hash, NSSWITCH_PATH);
	const bool settled = hash_add_file(&hash, HOSTS_PATH) && services_settled;
	_Atomic uint64_t *slot;
	enum source source;
	bool local;

	hash_add(&hash, &family, sizeof family);
	if (name != NULL)
		hash_add(&hash, name, strlen(name) + 1);
	else
		hash_add(&hash, address, address_size(family));
	errno = saved_errno;
	slot = &known[hash % COUNT_OF(known)];
	if (settled && atomic_load_explicit(slot, memory_order_relaxed) == hash)
		return true;
	source = source_of_hosts();
	local = source == SOURCE_LOCAL ||
		(source == SOURCE_FILES_FIRST && hosts_have(name, address, family));
	if (settled && local)
		atomic_store_explicit(slot, hash, memory_order_relaxed);
	return local;
}

bool lookup_name_is_local(const char *name, int family)
{
	return is_local(name, NULL, family);
}

bool lookup_address_is_local(const void *address, int family)
{
	return is_local(NULL, address, family);
}
