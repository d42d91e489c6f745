/*
 * Reads /etc/nsswitch.conf and /etc/hosts. Cold; owns no state.
 *
 * If nsswitch.conf(5) names `files` first, libc looks into /etc/hosts first, and a line there with the
 * name and an address of the requested family ends the lookup (nss/nss_files/files-hosts.c).
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "shim/system/kernel.h"
#include "shim/resolver/lookup_local.h"

#define NSSWITCH_PATH "/etc/nsswitch.conf"
#define HOSTS_PATH    "/etc/hosts"

/* The whole file with a NUL, which the caller frees; NULL without the file or without memory. */
static char *read_file(const char *path)
{
	const int fd = kernel_open_read(path);
	struct stat status;
	char *text = NULL;
	size_t length = 0, size = 0;
	ssize_t count;

	if (fd < 0)
		return NULL;
	if (kernel_status(fd, &status) == 0) {
		size = (size_t)status.st_size;
		text = malloc(size + 1);
	}
	if (text != NULL) {
		while (length < size &&
		       (count = kernel_read(fd, text + length, size - length)) > 0)
			length += (size_t)count;
		text[length] = '\0';
	}
	kernel_close(fd);
	return text;
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

/* The services that libc asks for hosts. */
enum source {
	SOURCE_NETWORK,     /* servers on the network, or unknown */
	SOURCE_FILES_FIRST, /* /etc/hosts, then others */
	SOURCE_LOCAL        /* only services of this machine */
};

/* A service of libc or systemd that reads files, or knows the name of this machine. */
static bool service_is_local(const char *service)
{
	static const char *const local[] = {"files", "db", "myhostname", "altfiles"};

	for (size_t i = 0; i < COUNT_OF(local); i++)
		if (strcmp(service, local[i]) == 0)
			return true;
	return false;
}

/* Skip an action, such as `[NOTFOUND=return]`, that begins with word; false if `]` is missing, or is not
 * the end of a word. */
static bool skip_action(const char *word, char **rest)
{
	while (word != NULL && strchr(word, ']') == NULL)
		word = next_word(rest);
	return word != NULL && strchr(word, ']')[1] == '\0';
}

/* The source for the services after `hosts:`. A comment is not recognized, as in libc, which takes `#`
 * and the words after it for services. */
static enum source source_of(char *services)
{
	bool files_first = false, local = true;
	size_t count = 0;

	for (char *service; (service = next_word(&services)) != NULL;) {
		if (service[0] == '[') {
			/* `files [SUCCESS=continue] dns`: the lookup goes on after the file. */
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
	char *const text = read_file(NSSWITCH_PATH);
	char *rest = text;
	size_t found = 0;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		line += strspn(line, " \t");
		if (strncmp(line, database, sizeof database - 1) != 0)
			continue;
		source = source_of(line + sizeof database - 1);
		found++;
	}
	free(text);
	return found == 1 ? source : SOURCE_NETWORK;
}

/* Parse a line of /etc/hosts: store the address and the names, and return the family. AF_UNSPEC: the
 * line has no address. */
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

/* A line of /etc/hosts has the name or, if name is NULL, the address, of the family. */
static bool hosts_have(const char *name, const void *address, int family)
{
	unsigned char there[sizeof(struct in6_addr)];
	char *const text = read_file(HOSTS_PATH);
	char *rest = text, *names;
	bool found = false;

	for (char *line; !found && (line = strsep(&rest, "\n")) != NULL;) {
		const int its = host_line(line, there, &names);

		if (its == AF_UNSPEC || (family != AF_UNSPEC && its != family))
			continue;
		if (name != NULL)
			found = names_have(names, name);
		else if (address != NULL)
			found = memcmp(there, address, address_size(its)) == 0 &&
				next_word(&names) != NULL;
	}
	free(text);
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

	/* inet_aton ignores the text after a space; getaddrinfo does not. */
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

/* The lookup of name or, if name is NULL, of the address needs no network. */
static bool is_local(const char *name, const void *address, int family)
{
	const int saved_errno = errno;
	const enum source source = source_of_hosts();
	const bool local = source == SOURCE_LOCAL ||
			   (source == SOURCE_FILES_FIRST && hosts_have(name, address, family));

	errno = saved_errno;
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
