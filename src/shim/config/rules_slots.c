/*
 * Keeps the policies in their slots and reads the file again. See rules.h. Cold.
 *
 * Only one at a time replaces a policy, with all signals blocked, so that no handler finds its own
 * thread in the midst of it and none leaves it by a jump. Who that is, is known by the process: what
 * a fork's child finds there of its parent is nobody.
 */
#include "config.h"

#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "shim/io/bound.h"
#include "shim/config/configuration.h"
#include "shim/system/kernel.h"
#include "shim/log/log.h"
#include "shim/fault/chaos.h"
#include "shim/wait/ready.h"
#include "shim/log/report.h"
#include "shim/config/rules.h"
#include "shim/fault/seed.h"

/* Two are in use at a time, and as many as readers are slow or counts are left behind. */
#define SLOTS 16
#define NONE  SLOTS

struct slot {
	atomic_int readers;
	/* The writer's, while the slot is not the current one. */
	const struct policy *policy;
	void *memory;
	size_t size;
};

static struct slot slots[SLOTS];
static atomic_uint current = NONE;

atomic_bool rules_watched;
_Atomic unsigned int rules_have;

/* The process that is replacing the policy, 0 for none. */
static atomic_int writer;
/* The file as it was last read (sources_mark), and when the next look is due. */
static _Atomic uint64_t seen;
static _Atomic int64_t due;

/* The writer's own. */
static const struct sources *sources;
static uint64_t content;       /* the hash of the file's text that is in force */
static uint64_t complained_of; /* that of the last complaint: it is said once */
static struct stat root;

const struct policy *rules_hold(unsigned int *slot)
{
	for (;;) {
		const unsigned int index = atomic_load(&current);

		if (index == NONE)
			return NULL;
		seed_check();
		/* Counted first, then looked at again: a writer that has not seen the count has
		 * not yet made another slot the current one, or will not find this one current. */
		atomic_fetch_add(&slots[index].readers, 1);
		if (atomic_load(&current) == index) {
			*slot = index;
			return slots[index].policy;
		}
		atomic_fetch_sub(&slots[index].readers, 1);
	}
}

void rules_release(unsigned int slot)
{
	atomic_fetch_sub(&slots[slot].readers, 1);
}

/* Take what nobody reads out of its slot. */
static void clear(struct slot *slot)
{
	if (slot->memory != NULL)
		kernel_free(slot->memory, slot->size);
	slot->memory = NULL;
	slot->policy = NULL;
}

/* A slot that is free; NONE where there is none. Clears all that can be. */
static unsigned int clear_slots(void)
{
	const unsigned int now = atomic_load(&current);
	unsigned int free = NONE;

	for (unsigned int i = 0; i < SLOTS; i++) {
		if (i == now || atomic_load(&slots[i].readers) != 0)
			continue;
		clear(&slots[i]);
		free = i;
	}
	return free;
}

static unsigned int what_rules_have(const struct policy *policy)
{
	const unsigned int limits = RULE_TIMEOUT | RULE_ENFORCE;
	unsigned int have = policy_actions(policy);

	if (((policy_asks(policy, OPERATION_CONNECT, limits) |
	      policy_asks(policy, OPERATION_WAIT, limits)) &
	     POLICY_ASKS_ADDRESS) != 0)
		have |= RULES_BY_ADDRESS;
	return have;
}

/* Put what was built into force. False where there is no slot. */
static bool publish(const struct sources_built *built)
{
	const unsigned int slot = clear_slots();
	unsigned int have = 0;

	if (slot == NONE)
		return false;
	if (built->policy != NULL) {
		slots[slot].policy = built->policy;
		slots[slot].memory = built->memory;
		slots[slot].size = built->size;
		have = what_rules_have(built->policy);
	}
	/* More is looked at than there is to be found, rather than less. */
	atomic_fetch_or(&rules_have, have);
	atomic_store(&current, built->policy != NULL ? slot : NONE);
	atomic_store(&rules_have, have);
	(void)clear_slots();
	content = built->content;
	return true;
}

void rules_put_origin(struct text *text, struct rule_origin origin)
{
	const size_t longest = (RULES_ORIGIN_SIZE - sizeof "...:268435455") / sizeof "\\xHH";
	const char *name = sources_name(sources, origin.source);
	size_t length = strlen(name);

	if (length > longest) {
		text_put_string(text, "...");
		name += length - longest;
		length = longest;
	}
	policy_put_line(text, name, length, origin.line);
}

static uint64_t hash_line(const struct text *line)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < line->length; i++)
		hash = (hash ^ (unsigned char)line->start[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* The daemon has gone into a chroot(2) or another mount namespace, where the path means something
 * else: what it has stays. */
static bool elsewhere(void)
{
	struct stat now;

	return kernel_status_at("/", &now) != 0 || now.st_dev != root.st_dev ||
	       now.st_ino != root.st_ino;
}

static void reload(void)
{
	struct sources_built built;
	char buffer[400];
	struct text line;
	bool blamed;
	int result;

	if (elsewhere()) {
		atomic_store(&rules_watched, false);
		return;
	}
	text_begin(&line, buffer, sizeof buffer);
	result = sources_build(sources, true, content, &built, &line, &blamed);
	if (result == 0 && !publish(&built)) {
		kernel_free(built.memory, built.size);
		built.mark = SOURCES_UNSETTLED;
	} else if (result == 0) {
		seed_watch();
		chaos_renew();
		ready_start();
		bound_renew();
	}
	atomic_store(&seen, built.mark);
	if (result >= 0) {
		complained_of = 0;
	} else if (hash_line(&line) != complained_of) {
		complained_of = hash_line(&line);
		text_put_string(&line, "; the rules before it stay");
		if (!report_notice(line.start))
			log_complain(line.start);
	}
}

void rules_look(int64_t now)
{
	int64_t then = atomic_load_explicit(&due, memory_order_relaxed);
	uint64_t mark, signals;
	int process, owner;

	if (now < then || !atomic_compare_exchange_strong_explicit(
				  &due, &then, clock_deadline(now, NANOSECONDS_PER_SECOND),
				  memory_order_relaxed, memory_order_relaxed))
		return;
	mark = sources_mark(sources);
	/* A child of vfork(2) has its parent's memory, and may be gone before it is done. */
	if (mark == SOURCES_UNKNOWN || mark == atomic_load(&seen) ||
	    kernel_memory_is_borrowed())
		return;
	kernel_block_signals(&signals);
	process = kernel_process();
	owner = atomic_load(&writer);
	if (owner != process && atomic_compare_exchange_strong(&writer, &owner, process)) {
		reload();
		atomic_store(&writer, 0);
	}
	kernel_restore_signals(&signals);
}

/* At the start there is nothing yet that could stay: what is wrong is left out. */
static void load(struct sources *from, void (*complain)(const struct text *what))
{
	struct sources_built built;
	char buffer[400];
	struct text line;
	bool with_file = true, blamed;
	uint64_t mark = SOURCES_NO_FILE;

	for (;;) {
		text_begin(&line, buffer, sizeof buffer);
		if (sources_build(from, with_file, 0, &built, &line, &blamed) == 0)
			break;
		complain(&line);
		if (!blamed) {
			from->rules = NULL;
			continue;
		}
		complained_of = hash_line(&line);
		mark = built.mark;
		with_file = false;
	}
	(void)publish(&built);
	atomic_store(&seen, with_file ? built.mark : mark);
	/* None of it was the file's. */
	if (!with_file)
		content = 0;
}

void rules_start(struct sources *from, void (*complain)(const struct text *what))
{
	sources = from;
	load(from, complain);
	if (from->file[0] == '\0' || kernel_status_at("/", &root) != 0)
		return;
	/* The first look is due at once: to read the clock here would cost every start. */
	atomic_store(&rules_watched, true);
}
