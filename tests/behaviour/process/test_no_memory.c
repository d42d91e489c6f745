/*
 * malloc(3) fails, once or from then on, at each place in turn at which a call allocates memory. The call
 * gives its whole result or an error, and the next call, with memory, its result.
 */
#include "config.h"

#include "resolve/nameserver.h"

#include <locale.h>
#include <netdb.h>
#include <resolv.h>
#include <stdatomic.h>

extern void *real_malloc(size_t size) __asm__("__libc_malloc");
extern void *real_calloc(size_t count, size_t size) __asm__("__libc_calloc");
extern void *real_realloc(void *memory, size_t size) __asm__("__libc_realloc");

/* The allocations until one fails; negative: none fails. */
static atomic_int left = -1;
static atomic_bool all_from_then_on, failed;

static bool fails(void)
{
	int now = atomic_load(&left);

	while (now > 0 && !atomic_compare_exchange_weak(&left, &now, now - 1))
		;
	if (now != 0)
		return false;
	if (!atomic_load(&all_from_then_on))
		atomic_store(&left, -1);
	atomic_store(&failed, true);
	errno = ENOMEM;
	return true;
}

/* These replace libc's, in libc too. */
void *malloc(size_t size)
{
	return fails() ? NULL : real_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : real_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
	return fails() ? NULL : real_realloc(memory, size);
}

static void ck_answer(const struct sockaddr *address)
{
	const struct sockaddr_in *const internet = (const void *)address;
	const struct sockaddr_in6 *const newer = (const void *)address;

	if (address->sa_family == AF_INET)
		ck_assert_uint_eq(ntohl(internet->sin_addr.s_addr) & 0xffffff00, 0xc0000200);
	else
		ck_assert_uint_eq(newer->sin6_addr.s6_addr[0], 0x20);
}

/* Where the allocation that fails is; negative: none fails. Check's own functions need memory: only the call
 * under test is made between begin and end. */
static int place;

static void begin(void)
{
	atomic_store(&left, place);
}

static void end(void)
{
	atomic_store(&left, -1);
}

/* Each makes a call; true: with success, and the result is the right one. */
static bool by_addrinfo(void)
{
	struct addrinfo *list = NULL;
	int error;

	begin();
	error = getaddrinfo("answer.test", "80", NULL, &list);
	end();
	if (error != 0)
		return false;
	for (const struct addrinfo *one = list; one != NULL; one = one->ai_next)
		ck_answer(one->ai_addr);
	ck_assert_ptr_nonnull(list);
	freeaddrinfo(list);
	return true;
}

static bool by_nameinfo(void)
{
	struct sockaddr_in address = loopback(0);
	char host[100] = "";
	int error;

	address.sin_addr.s_addr = htonl(0xc0000201);
	begin();
	error = getnameinfo((struct sockaddr *)&address, sizeof address, host, sizeof host,
			    NULL, 0, NI_NAMEREQD);
	end();
	if (error != 0)
		return false;
	ck_assert_str_eq(host, "answer.test");
	return true;
}

static bool ck_entry(const struct hostent *entry)
{
	end();
	if (entry == NULL)
		return false;
	ck_assert_str_eq(entry->h_name, "answer.test");
	ck_assert_int_eq(entry->h_length, 4);
	ck_assert_ptr_nonnull(entry->h_addr_list[0]);
	return true;
}

static bool by_name(void)
{
	begin();
	return ck_entry(gethostbyname("answer.test"));
}

static bool by_name_r(void)
{
	struct hostent entry, *result = NULL;
	char buffer[1000];
	int host_error = 0, error;

	begin();
	error = gethostbyname_r("answer.test", &entry, buffer, sizeof buffer, &result,
				&host_error);
	return ck_entry(error == 0 ? result : NULL);
}

static bool by_address(void)
{
	static const unsigned char address[] = {192, 0, 2, 1};

	begin();
	return ck_entry(gethostbyaddr(address, 4, AF_INET));
}

static bool by_query(void)
{
	unsigned char answer[512];
	int length;

	begin();
	length = res_query("answer.test", ns_c_in, ns_t_a, answer, sizeof answer);
	end();
	return length > 12;
}

static bool by_state(void)
{
	struct __res_state state = {.options = 0};
	unsigned char answer[512];
	int length;

	ck_assert_int_eq(res_ninit(&state), 0);
	begin();
	length = res_nquery(&state, "answer.test", ns_c_in, ns_t_a, answer, sizeof answer);
	end();
	res_nclose(&state);
	return length > 12;
}

static bool by_locale(void)
{
	const locale_t own = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
	locale_t before;
	bool good;

	ck_assert(own != (locale_t)0);
	before = uselocale(own);
	good = by_addrinfo();
	uselocale(before);
	freelocale(own);
	return good;
}

/* The stream transfers, or is not made. */
static bool by_stream(void)
{
	char line[20] = "";
	FILE *stream;
	int pair[2];

	tcp_pair(pair);
	begin();
	stream = fdopen(pair[0], "r+");
	end();
	if (stream == NULL) {
		ck_assert_int_eq(errno, ENOMEM);
		ck_assert_int_eq(close(pair[0]), 0);
		ck_assert_int_eq(close(pair[1]), 0);
		return false;
	}
	ck_assert_int_eq(fileno(stream), pair[0]);
	ck_assert_int_ge(fputs("there\n", stream), 0);
	ck_assert_int_eq(fflush(stream), 0);
	ck_assert_int_eq(recv(pair[1], line, 6, MSG_WAITALL), 6);
	ck_assert_str_eq(line, "there\n");
	ck_assert_int_eq(send(pair[1], "back\n", 5, 0), 5);
	ck_assert_ptr_nonnull(fgets(line, sizeof line, stream));
	ck_assert_str_eq(line, "back\n");
	ck_assert_int_eq(fclose(stream), 0);
	ck_assert_int_eq(close(pair[1]), 0);
	return true;
}

/* A text that is too long for a buffer on the stack. */
static bool by_print(void)
{
	static char got[10000];
	int pair[2], n;

	tcp_pair(pair);
	begin();
	n = dprintf(pair[0], "%9999d", 7);
	end();
	if (n > 0) {
		ck_assert_int_eq(n, 9999);
		ck_assert_int_eq(recv(pair[1], got, 9999, MSG_WAITALL), 9999);
		ck_assert_int_eq(got[9998], '7');
	} else {
		ck_assert_int_eq(errno, ENOMEM);
	}
	ck_assert_int_eq(close(pair[0]), 0);
	ck_assert_int_eq(close(pair[1]), 0);
	return n > 0;
}

static bool (*const calls[])(void) = {by_addrinfo, by_nameinfo, by_name,  by_name_r,
				      by_address,  by_query,    by_state, by_locale,
				      by_stream,   by_print};

/* The call with a failure at that place; false: the call has fewer places. */
static bool reaches(bool (*call)(void), int at)
{
	atomic_store(&failed, false);
	place = at;
	(void)call();
	place = -1;
	return atomic_load(&failed);
}

BEHAVIOUR_LOOP(each, ALL, 2 * COUNT(calls))
{
	bool (*const call)(void) = calls[_i % COUNT(calls)];
	int places = 0;

	place = -1;
	atomic_store(&all_from_then_on, _i >= COUNT(calls));
	resolv_conf(ANSWERING "options attempts:1 timeout:1\n");
	/* libc keeps some memory from the first call on. */
	ck_assert(call());
	while (places < 1000 && reaches(call, places))
		places++;
	ck_assert_int_lt(places, 1000);
	ck_assert_int_ge(places, mode() == MODE_NATIVE ? 0 : 1);
	ck_assert(call());
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "no memory");
}
