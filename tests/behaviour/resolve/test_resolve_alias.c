/*
 * The names with two underscores that libc has for the functions of resolv.h: they give the answers of the
 * others, and end in time. Only programs that were linked with an older libc import these names, so the
 * references here are weak, and natively not tested.
 */
#include "config.h"

#include <netdb.h>
#include <resolv.h>

#include "resolve/nameserver.h"

#define OTHER(type, name, parameters)                                                          \
	extern __attribute__((weak)) type other_##name parameters __asm__("__" #name)
OTHER(int, res_query, (const char *, int, int, unsigned char *, int));
OTHER(int, res_search, (const char *, int, int, unsigned char *, int));
OTHER(int, res_querydomain, (const char *, const char *, int, int, unsigned char *, int));
OTHER(int, res_send, (const unsigned char *, int, unsigned char *, int));
OTHER(int, res_nquery, (struct __res_state *, const char *, int, int, unsigned char *, int));
OTHER(int, res_nsearch, (struct __res_state *, const char *, int, int, unsigned char *, int));
OTHER(int, res_nquerydomain,
      (struct __res_state *, const char *, const char *, int, int, unsigned char *, int));
OTHER(int, res_nsend, (struct __res_state *, const unsigned char *, int, unsigned char *, int));

static unsigned char answer[512], question[512];

static int make_question(void)
{
	const int length = res_mkquery(ns_o_query, "answer.test", ns_c_in, ns_t_a, NULL, 0,
				       NULL, question, sizeof question);

	ck_assert_int_gt(length, 0);
	return length;
}

static int ask(int which, struct __res_state *state)
{
	const int size = sizeof answer, class = ns_c_in, type = ns_t_a;

	switch (which) {
	case 0:
		return other_res_query("answer.test", class, type, answer, size);
	case 1:
		return other_res_search("answer.test", class, type, answer, size);
	case 2:
		return other_res_querydomain("answer", "test", class, type, answer, size);
	case 3:
		return other_res_send(question, make_question(), answer, size);
	case 4:
		return other_res_nquery(state, "answer.test", class, type, answer, size);
	case 5:
		return other_res_nsearch(state, "answer.test", class, type, answer, size);
	case 6:
		return other_res_nquerydomain(state, "answer", "test", class, type, answer,
					      size);
	default:
		return other_res_nsend(state, question, make_question(), answer, size);
	}
}
#define ASKS 8

BEHAVIOUR_LOOP(each, LONG | SHORT, ASKS)
{
	struct __res_state state = {.options = 0};
	double started;

	resolv_conf(mode() == MODE_SHORT ? DEAD : ANSWERING);
	ck_assert_int_eq(res_ninit(&state), 0);
	started = now_ms();
	errno = EXDEV;
	if (mode() == MODE_SHORT)
		ck_timed_out(ask(_i, &state), started);
	else
		ck_assert_int_gt(ask(_i, &state), 12);
	res_nclose(&state);
}

int main(int argc, char **argv)
{
	return nameserver_main(argc, argv, "other names of the resolver's functions");
}
