/*
 * Owns the slots of the policies, and reads the policy file again. See rules_slots.h. Cold.
 *
 * One thread at a time replaces the policy, with all signals blocked: no handler interrupts the
 * replacement, and no handler leaves it by a jump. The replacing thread is known by its process, so
 * that the child of a fork is not kept from replacing by a thread that exists in the parent only.
 */
#include "config.h"

#include <string.h>

#include "base/duration.h"
#include "shim/config/rules_slots.h"
#include "shim/system/kernel.h"
#include "shim/system/process.h"
#include "shim/system/process.h"

/* At most two are in use at a time, and one for each slow reader and for each lost count. */
#define SLOTS 16
#define NONE  SLOTS

/* A complaint, and the same with its consequence. */
#define COMPLAINT_LIMIT 400
#define COMPLAINT_SIZE  (COMPLAINT_LIMIT + sizeof "; the rules before it stay")

struct slot {
	atomic_int readers;
	/* Written by the replacing thread, while the slot is not the current one. */
	const struct policy *policy;
	void *memory;
	size_t size;
};

static struct slot slots[SLOTS];
static atomic_uint current = NONE;

atomic_bool rules_watched;
_Atomic unsigned int rules_have;

/* The process that is replacing the policy; 0: none. */
static atomic_int writer;
/* The fingerprint of the file at the last reload, and when the next look is due (CLOCK_MONOTONIC,
 * nanoseconds). */
static _Atomic uint64_t last_fingerprint;
static _Atomic int64_t next_look;
/* When the program began (CLOCK_MONOTONIC, nanoseconds); 0: not known yet. */
static _Atomic int64_t begun;

/* Constant after rules_start. */
static const struct sources *sources;
static const struct rules_events *callbacks;
static struct stat root; /* of the directory "/" at the start */

/* Of the replacing thread. */
static uint64_t content; /* the hash of the file's text that is in force */
static uint64_t
	refused_complaint; /* the hash of the last complaint, which is made once; 0: none */

const struct policy *rules_hold(unsigned int *slot)
{
	for (;;) {
		const unsigned int index = atomic_load(&current);

		if (index == NONE)
			return NULL;
		/* Count first, then look again: a writer that has not seen the count has not made
		 * another slot the current one yet, or the second look finds another slot. */
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

/* Empty every slot without readers but the current one. Returns an empty slot, or NONE. */
static unsigned int clear_slots(void)
{
	const unsigned int now = atomic_load(&current);
	unsigned int free = NONE;

	for (unsigned int i = 0; i < SLOTS; i++) {
		if (i == now || atomic_load(&slots[i].readers) != 0)
			continue;
		if (slots[i].memory != NULL)
			kernel_free(slots[i].memory, slots[i].size);
		slots[i].memory = NULL;
		slots[i].policy = NULL;
		free = i;
	}
	return free;
}

/* The value of rules_have for the policy. */
static unsigned int actions_of(const struct policy *policy)
{
	const unsigned int limits = RULE_TIMEOUT | RULE_ENFORCE;
	unsigned int have = policy_actions(policy);

	if (((policy_asks(policy, OPERATION_CONNECT, limits) |
	      policy_asks(policy, OPERATION_WAIT, limits)) &
	     POLICY_ASKS_ADDRESS) != 0)
		have |= RULES_BY_ADDRESS;
	return have;
}

/* Put the new policy into force. False: no slot is empty. */
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
		have = actions_of(built->policy);
	}
	/* In between, rules_have has the actions of both policies. */
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

/* Complain of a refused source. line is in a buffer of COMPLAINT_SIZE bytes. */
static void complain(struct text *line, const char *consequence)
{
	refused_complaint = sources_hash(line->start, line->length);
	line->capacity = COMPLAINT_SIZE;
	line->truncated = false;
	text_put_string(line, consequence);
	callbacks->on_refusal(line->start);
}

/* "/" is another directory: a daemon called chroot(2) or changed its mount namespace, and the path of
 * the file means another file. */
static bool root_has_changed(void)
{
	struct stat now;

	return kernel_status_at("/", &now) != 0 || now.st_dev != root.st_dev ||
	       now.st_ino != root.st_ino;
}

static void reload(void)
{
	struct sources_built built;
	char buffer[COMPLAINT_SIZE];
	struct text line;
	bool in_file;
	int result;

	if (root_has_changed()) {
		atomic_store(&rules_watched, false);
		return;
	}
	text_begin(&line, buffer, COMPLAINT_LIMIT);
	result = sources_build(sources, true, content, &built, &line, &in_file);
	if (result == 0 && !publish(&built)) {
		kernel_free(built.memory, built.size);
		built.fingerprint = SOURCES_UNSETTLED;
	} else if (result == 0) {
		callbacks->on_change();
	}
	atomic_store(&last_fingerprint, built.fingerprint);
	if (result >= 0)
		refused_complaint = 0;
	else if (sources_hash(line.start, line.length) != refused_complaint)
		complain(&line, "; the rules before it stay");
}

void rules_look(int64_t now)
{
	int64_t due = atomic_load_explicit(&next_look, memory_order_relaxed);
	uint64_t fingerprint, signals;
	int process, owner;

	if (now < due || !atomic_compare_exchange_strong_explicit(
				 &next_look, &due, clock_deadline(now, NANOSECONDS_PER_SECOND),
				 memory_order_relaxed, memory_order_relaxed))
		return;
	fingerprint = sources_fingerprint(sources);
	/* A child of vfork(2) runs in the memory of its parent, and may end before the reload does. */
	if (fingerprint == SOURCES_UNKNOWN || fingerprint == atomic_load(&last_fingerprint) ||
	    process_memory_is_borrowed())
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

/* Read the sources, and leave the refused ones out. */
static void load(struct sources *from)
{
	struct sources_built built;
	char buffer[COMPLAINT_SIZE];
	struct text line;
	bool with_file = true, in_file;
	uint64_t fingerprint = SOURCES_NO_FILE;

	for (;;) {
		text_begin(&line, buffer, COMPLAINT_LIMIT);
		if (sources_build(from, with_file, 0, &built, &line, &in_file) == 0)
			break;
		complain(&line, "; not used");
		if (!in_file) {
			from->rules = NULL;
			refused_complaint = 0;
			continue;
		}
		fingerprint = built.fingerprint;
		with_file = false;
	}
	(void)publish(&built);
	atomic_store(&last_fingerprint, with_file ? built.fingerprint : fingerprint);
	/* No rule in force is the file's. */
	if (!with_file)
		content = 0;
}

/* The program began at that time, unless an earlier time is known. */
static void begin_at(int64_t now)
{
	int64_t none = 0;

	(void)atomic_compare_exchange_strong(&begun, &none, now);
}

int64_t rules_age(int64_t now)
{
	int64_t since;

	begin_at(now);
	since = atomic_load_explicit(&begun, memory_order_relaxed);
	return now > since ? now - since : 1;
}

/* Some rule asks for the age. Reading the clock would slow every start. */
static bool asks_for_age(void)
{
	unsigned int slot, asks = 0;
	const struct policy *const policy = rules_hold(&slot);

	if (policy == NULL)
		return false;
	for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
		asks |= policy_asks(policy, operation, RULE_CHAOS_ACTIONS);
	rules_release(slot);
	return (asks & POLICY_ASKS_AGE) != 0;
}

void rules_start(struct sources *from, const struct rules_events *events)
{
	sources = from;
	callbacks = events;
	load(from);
	if (asks_for_age())
		begin_at(clock_now());
	if (from->file[0] == '\0' || kernel_status_at("/", &root) != 0)
		return;
	/* next_look is 0: the first look is due at once. Reading the clock would slow every start. */
	atomic_store(&rules_watched, true);
}
