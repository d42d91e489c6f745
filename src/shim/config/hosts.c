/*
 * A table of sets: the address chooses the set, and a new name replaces the oldest of its set. Each
 * place has a sequence number, which is odd while the place is written. Cold.
 */
#include "config.h"

#include <stdatomic.h>
#include <string.h>

#include "base/attributes.h"
#include "policy/glob.h"
#include "shim/config/hosts.h"

#define SETS 64
#define WAYS 8

/* What is remembered: copied by words, because other threads may read and write at the same time. */
struct answer {
	uint64_t family;
	unsigned char octet[16];
	char name[HOSTS_NAME_LIMIT + 1];
};

#define WORDS (sizeof(struct answer) / sizeof(uint64_t))
_Static_assert(sizeof(struct answer) % sizeof(uint64_t) == 0, "an answer is whole words");

struct place {
	_Atomic uint32_t sequence;
	_Atomic uint64_t words[WORDS];
};

LARGE struct place hosts_places[SETS][WAYS];
/* How many names each set got. */
static _Atomic uint32_t counts[SETS];

bool hosts_fold(const char *name, char buffer[HOSTS_NAME_LIMIT + 1])
{
	size_t length = 0;

	for (; name[length] != '\0'; length++) {
		if (length == HOSTS_NAME_LIMIT)
			return false;
		buffer[length] = name[length];
		if (name[length] >= 'A' && name[length] <= 'Z')
			buffer[length] = (char)(name[length] - 'A' + 'a');
	}
	if (length > 1 && buffer[length - 1] == '.')
		length--;
	buffer[length] = '\0';
	return length > 0;
}

static size_t octets_of(int family)
{
	return family == AF_INET ? 4 : 16;
}

/* An IPv4 address in the form of IPv6 is the IPv4 address. */
static bool set_address(struct answer *answer, int family, const void *address)
{
	const struct in6_addr *const in6 = address;

	if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
		family = AF_INET;
		address = (const unsigned char *)address + 12;
	}
	if (family != AF_INET && family != AF_INET6)
		return false;
	answer->family = (uint64_t)family;
	memcpy(answer->octet, address, octets_of(family));
	return true;
}

static size_t set_of(const struct answer *answer)
{
	uint32_t hash = (uint32_t)answer->family;

	for (size_t i = 0; i < sizeof answer->octet; i++)
		hash = (hash ^ answer->octet[i]) * UINT32_C(16777619);
	return (hash ^ hash >> 16) % SETS;
}

/* Copy what is in the place. False where the place is empty, or is written at the same time. */
static bool read_place(struct place *place, struct answer *answer)
{
	const uint32_t before = atomic_load_explicit(&place->sequence, memory_order_acquire);
	uint64_t words[WORDS];

	if (before == 0 || before % 2 != 0)
		return false;
	for (size_t i = 0; i < WORDS; i++)
		words[i] = atomic_load_explicit(&place->words[i], memory_order_relaxed);
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&place->sequence, memory_order_relaxed) != before)
		return false;
	memcpy(answer, words, sizeof *answer);
	return true;
}

static void write_place(struct place *place, const struct answer *answer)
{
	uint32_t before = atomic_load_explicit(&place->sequence, memory_order_relaxed);
	uint64_t words[WORDS];

	if (before % 2 != 0 || !atomic_compare_exchange_strong_explicit(
				       &place->sequence, &before, before + 1,
				       memory_order_acquire, memory_order_relaxed))
		return;
	atomic_thread_fence(memory_order_release);
	memcpy(words, answer, sizeof words);
	for (size_t i = 0; i < WORDS; i++)
		atomic_store_explicit(&place->words[i], words[i], memory_order_relaxed);
	atomic_store_explicit(&place->sequence, before + 2, memory_order_release);
}

static bool has_same_address(const struct answer *answer, const struct answer *other)
{
	return answer->family == other->family &&
	       memcmp(answer->octet, other->octet, sizeof answer->octet) == 0;
}

void hosts_remember_address(const char *name, int family, const void *address)
{
	struct answer answer, old;
	size_t set;

	memset(&answer, 0, sizeof answer);
	if (!hosts_fold(name, answer.name) || !set_address(&answer, family, address))
		return;
	set = set_of(&answer);
	for (size_t way = 0; way < WAYS; way++)
		if (read_place(&hosts_places[set][way], &old) &&
		    has_same_address(&answer, &old) && strcmp(answer.name, old.name) == 0)
			return;
	write_place(&hosts_places[set][atomic_fetch_add(&counts[set], 1) % WAYS], &answer);
}

void hosts_remember(const char *name, const struct sockaddr *address)
{
	const void *const any = address;

	if (address->sa_family == AF_INET)
		hosts_remember_address(name, AF_INET,
				       &((const struct sockaddr_in *)any)->sin_addr);
	else if (address->sa_family == AF_INET6)
		hosts_remember_address(name, AF_INET6,
				       &((const struct sockaddr_in6 *)any)->sin6_addr);
}

bool hosts_match(struct rule_string glob, int family, const unsigned char *octet)
{
	struct answer asked, known;
	size_t set;

	memset(&asked, 0, sizeof asked);
	if (!set_address(&asked, family, octet))
		return false;
	set = set_of(&asked);
	for (size_t way = 0; way < WAYS; way++)
		if (read_place(&hosts_places[set][way], &known) &&
		    has_same_address(&asked, &known) &&
		    glob_matches(glob.start, glob.length, known.name, strlen(known.name)))
			return true;
	return false;
}
