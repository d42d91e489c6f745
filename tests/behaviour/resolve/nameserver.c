/*
 * The name servers and the namespaces of the resolver's tests (nameserver.h).
 */
#include "config.h"

#include "resolve/nameserver.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <resolv.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define SKIPPED 77

static void write_file(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_TRUNC);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	ck_assert_int_eq(close(fd), 0);
}

void resolv_conf(const char *text)
{
	write_file("/etc/resolv.conf", text);
}

void hosts(const char *text)
{
	write_file("/etc/hosts", text);
}

void nsswitch(const char *text)
{
	write_file("/etc/nsswitch.conf", text);
}

void *libc_function(const char *name)
{
	void *const libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
	void *const function = libc != NULL ? dlsym(libc, name) : NULL;

	ck_assert_msg(function != NULL, "libc has no %s", name);
	return function;
}

int threads(void)
{
	char line[256];
	FILE *const status = fopen("/proc/self/status", "r");
	int count = -1;

	ck_assert_ptr_nonnull(status);
	while (fgets(line, sizeof line, status) != NULL)
		(void)sscanf(line, "Threads: %d", &count);
	ck_assert_int_eq(fclose(status), 0);
	return count;
}

/* An answer that is being written. */
struct reply {
	unsigned char bytes[512];
	size_t length;
};

static void put(struct reply *reply, const void *bytes, size_t count)
{
	memcpy(reply->bytes + reply->length, bytes, count);
	reply->length += count;
}

static void put_record(struct reply *reply, uint16_t type, const void *data, size_t length)
{
	/* The name is a pointer to the question's name, at offset 12; the TTL is 0. */
	const uint16_t head[] = {htons(0xc000 | NS_HFIXEDSZ), htons(type), htons(ns_c_in), 0, 0,
				 htons((uint16_t)length)};
	uint16_t count;

	put(reply, head, sizeof head);
	put(reply, data, length);
	memcpy(&count, reply->bytes + 6, sizeof count);
	count = htons((uint16_t)(ntohs(count) + 1));
	memcpy(reply->bytes + 6, &count, sizeof count);
}

static void put_address(struct reply *reply, int family, const char *text)
{
	unsigned char address[sizeof(struct in6_addr)];

	(void)inet_pton(family, text, address);
	if (family == AF_INET)
		put_record(reply, ns_t_a, address, sizeof(struct in_addr));
	else
		put_record(reply, ns_t_aaaa, address, sizeof(struct in6_addr));
}

static void put_addresses(struct reply *reply, uint16_t type)
{
	if (type == ns_t_a) {
		put_address(reply, AF_INET, "192.0.2.1");
		put_address(reply, AF_INET, "192.0.2.2");
	} else if (type == ns_t_aaaa) {
		put_address(reply, AF_INET6, "2001:db8::1");
	}
}

static void put_many(struct reply *reply, uint16_t type)
{
	for (unsigned char i = 1; type == ns_t_a && i <= 20; i++) {
		const unsigned char address[] = {198, 51, 100, i};

		put_record(reply, ns_t_a, address, sizeof address);
	}
}

/* Write the answer for name. Returns the delay before sending in milliseconds, or -1: do not send. */
static int answer(struct reply *reply, const char *name, uint16_t type)
{
	static const unsigned char target[] = "\6answer\4test";
	unsigned char *const code = reply->bytes + 3;

	if (strcmp(name, "silent.test") == 0 || strcmp(name, "99.2.0.192.in-addr.arpa") == 0)
		return -1;
	if (strcmp(name, "fail.test") == 0)
		*code = ns_r_servfail;
	else if (strcmp(name, "answer.test") == 0 || strcmp(name, "late.test") == 0 ||
		 strcmp(name, "later.test") == 0)
		put_addresses(reply, type);
	else if (strcmp(name, "alias.test") == 0)
		put_record(reply, ns_t_cname, target, sizeof target);
	else if (strcmp(name, "many.test") == 0)
		put_many(reply, type);
	else if (strcmp(name, "local.test") == 0 && type == ns_t_aaaa)
		put_address(reply, AF_INET6, "fe80::1");
	else if (strcmp(name, "1.2.0.192.in-addr.arpa") == 0 ||
		 strncmp(name, "1.0.0.0.0.0.0.0", 15) == 0)
		put_record(reply, ns_t_ptr, target, sizeof target);
	else
		*code = ns_r_nxdomain;
	return strcmp(name, "later.test") == 0  ? LATER_ANSWER_MS
	       : strcmp(name, "late.test") == 0 ? LATE_ANSWER_MS
						: 0;
}

/* Add the addresses of the CNAME's target. */
static void put_target(struct reply *reply, const char *name, uint16_t type)
{
	size_t before = reply->length;
	static const unsigned char owner[] = "\6answer\4test";

	if (strcmp(name, "alias.test") != 0)
		return;
	put_addresses(reply, type);
	/* The name of these records is a pointer to the name in the CNAME's data. */
	for (const uint16_t at = htons((uint16_t)(0xc000 | (before - sizeof owner)));
	     before < reply->length; before += type == ns_t_a ? 16 : 28)
		memcpy(reply->bytes + before, &at, sizeof at);
}

static void serve(int fd)
{
	struct sockaddr_in from;
	socklen_t length = sizeof from;
	struct reply reply = {.length = 0};
	const ssize_t size =
		recvfrom(fd, reply.bytes, 300, 0, (struct sockaddr *)&from, &length);
	char name[NS_MAXDNAME];
	uint16_t type;
	int encoded, wait;

	if (size <= NS_HFIXEDSZ)
		return;
	encoded = dn_expand(reply.bytes, reply.bytes + size, reply.bytes + NS_HFIXEDSZ, name,
			    sizeof name);
	if (encoded < 0 || NS_HFIXEDSZ + encoded + NS_QFIXEDSZ > size)
		return;
	memcpy(&type, reply.bytes + NS_HFIXEDSZ + encoded, sizeof type);
	type = ntohs(type);
	reply.length = (size_t)(NS_HFIXEDSZ + encoded + NS_QFIXEDSZ);
	/* A response with recursion available, and so far with nothing but the question. */
	reply.bytes[2] = (unsigned char)(reply.bytes[2] | 0x80);
	reply.bytes[3] = 0x80;
	memset(reply.bytes + 6, 0, 6);
	wait = answer(&reply, name, type);
	reply.bytes[3] |= 0x80;
	put_target(&reply, name, type);
	if (wait < 0)
		return;
	/* A child process sends a late answer, so other answers are not delayed. */
	if (wait > 0 && fork() != 0)
		return;
	(void)poll(NULL, 0, wait);
	(void)sendto(fd, reply.bytes, reply.length, 0, (struct sockaddr *)&from, length);
	if (wait > 0)
		_exit(0);
}

static int server_socket(const char *address)
{
	struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(NS_DEFAULTPORT)};
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)inet_pton(AF_INET, address, &where.sin_addr);
	if (fd < 0 || bind(fd, (struct sockaddr *)&where, sizeof where) != 0)
		return -1;
	return fd;
}

/* Start the servers in a process that ends with this one. Returns the process id, or -1. */
static pid_t start_servers(void)
{
	static const char *const addresses[] = {"127.0.0.2", "127.0.0.3", "127.0.0.11",
						"127.0.0.12", "127.0.0.13"};
	const pid_t parent = getpid();
	struct pollfd server[2];
	pid_t pid;

	for (size_t i = 0; i < 5; i++) {
		const int fd = server_socket(addresses[i]);

		if (fd < 0)
			return -1;
		/* The others are never read. */
		if (i < 2)
			server[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	pid = fork();
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGCHLD, SIG_IGN);
	while (getppid() == parent) {
		(void)poll(server, 2, 1000);
		for (int i = 0; i < 2; i++)
			if ((server[i].revents & POLLIN) != 0)
				serve(server[i].fd);
	}
	_exit(0);
}

/* Mount a private file over path. */
static bool replace(const char *path, const char *text)
{
	char own[] = "/tmp/nameserver-XXXXXX";
	const int fd = mkstemp(own);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) &&
		    fchmod(fd, 0644) == 0 && mount(own, path, NULL, MS_BIND, NULL) == 0;

	if (fd >= 0) {
		(void)close(fd);
		(void)unlink(own);
	}
	return done;
}

static bool loopback_up(void)
{
	struct ifreq request = {.ifr_flags = IFF_UP | IFF_RUNNING};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	bool up;

	strcpy(request.ifr_name, "lo");
	up = fd >= 0 && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
	(void)close(fd);
	return up;
}

int nameserver_main(int argc, char **argv, const char *name)
{
	pid_t servers;
	int result;

	if (getenv("SOCKTIMEOUT_TEST_MODE") != NULL)
		return behaviour_main(argc, argv, name);
	if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 || !loopback_up() ||
	    !replace("/etc/resolv.conf", ANSWERING) ||
	    !replace("/etc/hosts", "127.0.0.1 localhost\n") ||
	    !replace("/etc/nsswitch.conf", "hosts: files dns\n") ||
	    (servers = start_servers()) < 0) {
		(void)fprintf(stderr, "no namespaces of its own: %s\n", strerror(errno));
		return SKIPPED;
	}
	unsetenv("RES_OPTIONS");
	unsetenv("LOCALDOMAIN");
	unsetenv("HOSTALIASES");
	result = behaviour_main(argc, argv, name);
	(void)kill(servers, SIGKILL);
	(void)waitpid(servers, NULL, 0);
	return result;
}
