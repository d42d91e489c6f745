/*
 * libFuzzer's target for policy_build and rule_put: whatever the text, an error has a place inside
 * of it, what is accepted is printed so that it reads back to the same, and can be asked. Cold.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "policy/glob.h"
#include "policy/policy.h"

/* libFuzzer reports an abort with the input that led to it. */
#define REQUIRE(condition)                                                                     \
	do                                                                                     \
		if (!(condition))                                                              \
			abort();                                                               \
	while (0)

/* Room for what a text of size bytes is printed as: a number may become a name. */
#define PRINTED_SIZE(size) (64 * (size) + 256)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Build of a text, in memory of just the size that was asked for; its owner frees it. */
static void *build(const char *text, size_t length, const struct policy **policy, int *code,
		   struct policy_error *error)
{
	const struct policy_source source = {"fuzz", text, length};
	const size_t size = policy_size(&source, 1);
	void *memory = aligned_alloc(16, size);

	REQUIRE(memory != NULL);
	memset(memory, 0, size);
	errno = 4711;
	*code = policy_build(memory, &source, 1, NULL, policy, error);
	REQUIRE(errno == 4711);
	return memory;
}

static char *print(const struct policy *policy, size_t size, size_t *length)
{
	char *printed = malloc(PRINTED_SIZE(size));
	struct text text;

	REQUIRE(printed != NULL);
	text_begin(&text, printed, PRINTED_SIZE(size));
	for (size_t i = 0; i < policy_count(policy); i++) {
		rule_put(&text, policy_rule(policy, i));
		text_put_char(&text, '\n');
	}
	REQUIRE(!text.truncated);
	*length = text.length;
	return printed;
}

static bool has_name(struct rule_string glob, int family, const unsigned char *octet)
{
	(void)family;
	(void)octet;
	return glob_matches(glob.start, glob.length, "a.example.com", strlen("a.example.com"));
}

static void ask_each(const struct policy *policy)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = 1};

	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++) {
		const struct policy_call call = {.operation = operation,
						 .family = AF_INET,
						 .type = 1,
						 .protocol = 6,
						 .address = (const void *)&address,
						 .address_length = sizeof address,
						 .moved = 1000,
						 .has_name = has_name,
						 .age = 1000000000};
		struct policy_answer answer;
		struct policy_fault fault;

		policy_ask(policy, &call, ~0u, POLICY_COUNTED, &answer);
		REQUIRE(answer.timeout == NULL ||
			policy_meets(answer.timeout, &call, RULE_TIMEOUT | RULE_ENFORCE));
		policy_ask_fault(policy, &call, RULE_CALL_FAULTS, 1, &fault);
		REQUIRE(policy_bytes_left(policy, &call) > 0);
		REQUIRE(fault.rule == NULL ||
			policy_meets(fault.rule, &call, RULE_CHAOS_ACTIONS));
	}
}

static void check_accepted(const struct policy *policy, size_t size)
{
	const struct policy *again;
	struct policy_error error;
	size_t length, second_length;
	char *first = print(policy, size, &length);
	int code;
	void *memory = build(first, length, &again, &code, &error);
	char *second;

	REQUIRE(code == 0 && policy_count(again) == policy_count(policy));
	second = print(again, length, &second_length);
	REQUIRE(second_length == length && memcmp(first, second, length) == 0);
	ask_each(policy);
	free(second);
	free(memory);
	free(first);
}

static void check_refused(const char *text, size_t size, int code,
			  const struct policy_error *error)
{
	size_t line = 1, start = 0, end = 0;
	char buffer[512];
	struct text said;

	REQUIRE(code == -EINVAL || code == -ERANGE);
	for (size_t i = 0; i < size && line < error->line; i++)
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	for (end = start; end < size && text[end] != '\n';)
		end++;
	REQUIRE(line == error->line);
	REQUIRE(error->column >= 1 && error->column <= end - start + 1);
	text_begin(&said, buffer, sizeof buffer);
	policy_put_error(&said, error);
	REQUIRE(!said.truncated && strstr(buffer, ", expected ") != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size > 0 ? size : 1); /* of that size, for ASan */
	const struct policy *policy = NULL;
	struct policy_error error;
	void *memory;
	int code;

	REQUIRE(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	memory = build(text, size, &policy, &code, &error);
	if (code == 0)
		check_accepted(policy, size);
	else
		check_refused(text, size, code, &error);
	free(memory);
	free(text);
	return 0;
}
