/*
 * Lookups that need no network start no thread, and no thread is left after a lookup over the network.
 * libc knows whether the process has ever had a second thread.
 */
#include "config.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <resolv.h>
#include <sys/single_threaded.h>
#include <sys/wait.h>

#include "resolve/nameserver.h"

/* Returns the status, and stores the first address in host. */
static int look_up(const char *name, int family, int flags, char host[NI_MAXHOST])
{
	const struct addrinfo hints = {.ai_family = family, .ai_flags = flags};
	struct addrinfo *list;
	const int status = getaddrinfo(name, "80", &hints, &list);

	(void)strcpy(host, "");
	if (status == 0) {
		ck_assert_int_eq(getnameinfo(list->ai_addr, list->ai_addrlen, host, NI_MAXHOST,
					     NULL, 0, NI_NUMERICHOST),
				 0);
		freeaddrinfo(list);
	}
	return status;
}

/* Look name up by each function; the servers would not answer. */
static void is_local(const char *name, int family, const char *address)
{
	char host[NI_MAXHOST];

	ck_assert_msg(look_up(name, family, 0, host) == 0, "%s", name);
	ck_assert_str_eq(host, address);
	ck_assert_msg(__libc_single_threaded != 0, "%s", name);
}

BEHAVIOUR_TEST(files, ALL)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct hostent *entry;
	char host[NI_MAXHOST];

	nsswitch("hosts: files dns\n");
	resolv_conf(DEAD);
	hosts("# 192.0.2.10 comment\n"
	      "192.0.2.11 one uno # 192.0.2.12 two\n"
	      "\t192.0.2.13\t three\tTHRICE \n"
	      "2001:db8::14 six\n"
	      "not-an-address six four\n"
	      "192.0.2.15 last");
	is_local("one", AF_UNSPEC, "192.0.2.11");
	is_local("UNO", AF_INET, "192.0.2.11");
	is_local("thrice", AF_UNSPEC, "192.0.2.13");
	is_local("six", AF_INET6, "2001:db8::14");
	is_local("six", AF_UNSPEC, "2001:db8::14");
	is_local("last", AF_INET, "192.0.2.15");
	ck_assert_int_eq(look_up("one", AF_INET, AI_CANONNAME, host), 0);
	entry = gethostbyname("uno");
	ck_assert_ptr_nonnull(entry);
	ck_assert_str_eq(entry->h_name, "one");
	ck_assert_ptr_nonnull(gethostbyname2("six", AF_INET6));
	ck_assert_int_eq(inet_pton(AF_INET, "192.0.2.13", &in.sin_addr), 1);
	ck_assert_ptr_nonnull(gethostbyaddr(&in.sin_addr, 4, AF_INET));
	ck_assert_int_eq(
		getnameinfo((struct sockaddr *)&in, sizeof in, host, sizeof host, NULL, 0, 0),
		0);
	ck_assert_str_eq(host, "three");
	ck_assert(__libc_single_threaded != 0);
}

/* A name in a long file, after a long line. */
BEHAVIOUR_TEST(long_files, ALL)
{
	static char text[200000];
	size_t length = 9001;

	nsswitch("hosts: files dns\n");
	resolv_conf(DEAD);
	memset(text, 'x', 9000);
	text[9000] = '\n';
	for (int i = 0; length < sizeof text - 100; i++)
		length += (size_t)sprintf(text + length, "192.0.2.%d name%d alias%d\n", i % 256,
					  i, i);
	(void)sprintf(text + length, "192.0.2.33 wanted\n");
	hosts(text);
	is_local("name0", AF_INET, "192.0.2.0");
	is_local("alias77", AF_INET, "192.0.2.77");
	is_local("wanted", AF_INET, "192.0.2.33");
}

BEHAVIOUR_TEST(digits, ALL)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct addrinfo *list;
	char host[NI_MAXHOST], service[NI_MAXSERV];

	resolv_conf(DEAD);
	nsswitch("hosts: dns\n");
	is_local("127.0.0.1", AF_UNSPEC, "127.0.0.1");
	is_local("127.1", AF_INET, "127.0.0.1");
	is_local("0x7f000001", AF_UNSPEC, "127.0.0.1");
	is_local("::1", AF_UNSPEC, "::1");
	is_local("fe80::1%lo", AF_INET6, "fe80::1%lo");
	ck_assert_int_eq(look_up("name", AF_UNSPEC, AI_NUMERICHOST, host), EAI_NONAME);
	ck_assert_int_eq(look_up("::1", AF_INET, 0, host), EAI_ADDRFAMILY);
	ck_assert_int_eq(getaddrinfo(NULL, "80", NULL, &list), 0);
	freeaddrinfo(list);
	ck_assert_ptr_nonnull(gethostbyname("192.0.2.1"));
	ck_assert_ptr_nonnull(gethostbyname2("::1", AF_INET6));
	ck_assert_int_eq(getnameinfo((struct sockaddr *)&in, sizeof in, host, sizeof host, NULL,
				     0, NI_NUMERICHOST),
			 0);
	ck_assert_int_eq(getnameinfo((struct sockaddr *)&in, sizeof in, NULL, 0, service,
				     sizeof service, 0),
			 0);
	(void)getnameinfo((struct sockaddr *)&local, sizeof local, host, sizeof host, NULL, 0,
			  0);
	ck_assert(__libc_single_threaded != 0);
}

/* nsswitch.conf names no service on the network. */
BEHAVIOUR_LOOP(no_network, ALL, 3)
{
	static const char *const configurations[] = {
		"hosts: files\n", "hosts:\tfiles [NOTFOUND=return]\n",
		"passwd: dns\n hosts: files\n# hosts: dns\n"};
	char host[NI_MAXHOST];

	resolv_conf(DEAD);
	nsswitch(configurations[_i]);
	ck_assert_int_ne(look_up("nobody", AF_UNSPEC, 0, host), 0);
	ck_assert_ptr_null(gethostbyname("nobody"));
	ck_assert(__libc_single_threaded != 0);
}

/* Names in /etc/hosts are looked up over the network if the file is not the first service, if the
 * lookup goes on after the file, or if the file has no address of the family. */
BEHAVIOUR_LOOP(not_only_files, SHORT, 5)
{
	static const char *const configurations[] = {
		"hosts: dns files\n", "hosts: myhostname # dns\n",
		"hosts: files [SUCCESS=continue] dns\n", "hosts: dns [NOTFOUND=return] files\n",
		"hosts: files dns\n"};
	char host[NI_MAXHOST];

	resolv_conf(DEAD);
	nsswitch(configurations[_i]);
	hosts("192.0.2.11 one\n192.0.2.12 three # four\n192.0.2.13 \n");
	ck_assert_int_eq(look_up(_i < 4 ? "one" : "four", AF_INET, 0, host), EAI_AGAIN);
	ck_assert_int_eq(errno, ETIMEDOUT);
	if (_i == 4)
		ck_assert_int_eq(look_up("one", AF_INET6, 0, host), EAI_AGAIN);
}

/* A lookup uses the files as they are now. */
BEHAVIOUR_TEST(changed_files, SHORT)
{
	char host[NI_MAXHOST];

	resolv_conf(DEAD);
	nsswitch("hosts: files dns\n");
	hosts("192.0.2.11 one\n");
	is_local("one", AF_INET, "192.0.2.11");
	is_local("one", AF_UNSPEC, "192.0.2.11");
	hosts("192.0.2.11 two\n");
	ck_assert_int_eq(look_up("one", AF_INET, 0, host), EAI_AGAIN);
	hosts("192.0.2.11 one\n");
	ck_assert_int_eq(look_up("one", AF_INET, 0, host), 0);
	nsswitch("hosts: dns files\n");
	ck_assert_int_eq(look_up("one", AF_INET, 0, host), EAI_AGAIN);
}

/* After a lookup over the network the process has one thread again. */
BEHAVIOUR_TEST(one_again, ALL)
{
	char host[NI_MAXHOST];

	resolv_conf(ANSWERING);
	nsswitch("hosts: files dns\n");
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(look_up("answer.test", AF_INET, 0, host), 0);
		ck_assert_int_eq(threads(), 1);
	}
	ck_assert(mode() == MODE_NATIVE || __libc_single_threaded == 0);
}

/* In a child of vfork, which shares the memory of its parent, lookups are native. */
BEHAVIOUR_TEST(vforked, ALL)
{
	char host[NI_MAXHOST];

	resolv_conf(ANSWERING);
	nsswitch("hosts: files dns\n");
	for (int i = 0; i < 5; i++) {
		volatile int status = -1, count = 0;
		const pid_t pid = vfork();
		int how;

		if (pid == 0) {
			status = look_up("answer.test", AF_INET, 0, host);
			count = threads();
			_exit(17);
		}
		ck_assert_int_eq(waitpid(pid, &how, 0), pid);
		ck_assert_int_eq(WEXITSTATUS(how), 17);
		ck_assert_int_eq(status, 0);
		ck_assert_int_eq(count, 1);
		ck_assert_int_eq(look_up("answer.test", AF_INET, 0, host), 0);
	}
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "lookups without the network");
}
