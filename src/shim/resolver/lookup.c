/*
 * Makes lookups: decides whether a lookup is native, makes the copy of the request for the worker,
 * and moves the results back (lookup.h). Cold.
 */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/duration.h"
#include "shim/config/configuration.h"
#include "shim/config/hosts.h"
#include "shim/config/rules.h"
#include "shim/log/report.h"
#include "shim/log/stats.h"
#include "shim/resolver/lookup.h"
#include "shim/resolver/lookup_local.h"
#include "shim/resolver/lookup_state.h"
#include "shim/resolver/worker.h"
#include "shim/system/process.h"
#include "shim/system/sandbox.h"

/* Bytes for the name in the log; a longer name is cut. */
#define SUBJECT_SIZE 300

struct block {
	struct block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

/* A lookup that runs in a worker. */
struct lookup_job {
	struct worker worker;
	struct block *blocks;       /* made by lookup_keep */
	bool incomplete;            /* there was not enough memory */
	struct lookup_state *state; /* a copy of the resolver's state */
	bool state_of_thread;       /* the copy becomes the worker's _res */
	locale_t locale;            /* the caller's own, or 0 */
	int error, host_error;      /* errno and h_errno, before and after the call */
	struct rules_limit limit;
	int64_t started;                            /* CLOCK_MONOTONIC, nanoseconds */
	_Alignas(max_align_t) unsigned char copy[]; /* of the request */
};

_Atomic(resolver_fault_function *) resolver_fault;

static struct lookup *job_copy(struct lookup_job *job)
{
	return (struct lookup *)(void *)job->copy;
}

/* There is no socket: a rule that names properties of a socket does not match. */
static struct rules_limit resolve_limit(const struct lookup *request, enum policy_when when)
{
	char host[HOSTS_NAME_LIMIT + 1];
	const bool named = request->name != NULL && hosts_fold(request->name, host);
	struct rules_subject subject = {.fd = -1, .host = named ? host : NULL};

	return rules_timeout(&subject, OPERATION_RESOLVE, when);
}

/* All lookups of this thread are native: of a worker, because an NSS module may call the wrappers. */
static bool lookup_is_native(void)
{
	return worker_is_current() || sandbox_entered();
}

static void job_free(struct worker *worker)
{
	struct lookup_job *const job = (struct lookup_job *)worker;
	struct lookup *const copy = job_copy(job);

	if (copy->kind->discard != NULL)
		copy->kind->discard(copy);
	lookup_state_free(job->state);
	if (job->locale != (locale_t)0)
		freelocale(job->locale);
	for (struct block *block = job->blocks, *next; block != NULL; block = next) {
		next = block->next;
		free(block);
	}
	free(job);
}

static void job_run(struct worker *worker)
{
	struct lookup_job *const job = (struct lookup_job *)worker;
	struct lookup *const copy = job_copy(job);

	if (job->locale != (locale_t)0)
		uselocale(job->locale);
	if (job->state_of_thread)
		lookup_state_install(job->state);
	errno = job->error;
	h_errno = job->host_error;
	copy->kind->make(copy);
	job->error = errno;
	job->host_error = h_errno;
	if (job->state_of_thread)
		lookup_state_withdraw(job->state);
	/* freelocale(3) must not free a locale in use. */
	uselocale(LC_GLOBAL_LOCALE);
}

void *lookup_keep(struct lookup *copy, const void *bytes, size_t count)
{
	struct lookup_job *const job = copy->job;
	const int saved_errno = errno;
	struct block *const block =
		count < SIZE_MAX - sizeof *block ? malloc(sizeof *block + count) : NULL;

	errno = saved_errno;
	if (block == NULL) {
		job->incomplete = true;
		return NULL;
	}
	block->next = job->blocks;
	job->blocks = block;
	return bytes != NULL ? memcpy(block->bytes, bytes, count) : block->bytes;
}

char *lookup_keep_string(struct lookup *copy, const char *string)
{
	return string != NULL ? lookup_keep(copy, string, strlen(string) + 1) : NULL;
}

static size_t address_size(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

static void keep_state(struct lookup_job *job)
{
	struct lookup *const copy = job_copy(job);

	job->state_of_thread = copy->state == NULL;
	if (job->state_of_thread)
		lookup_state_refresh(copy->kind->is_query);
	job->state = lookup_state_copy(job->state_of_thread ? &_res : copy->state);
	if (job->state == NULL)
		job->incomplete = true;
	else if (!job->state_of_thread)
		copy->state = &job->state->resolver;
}

/* Make a job for the request, which began at `begun` (0: now). Returns NULL without memory. May change
 * errno. */
static struct lookup_job *job_new(const struct lookup *request, int64_t begun)
{
	struct lookup_job *const job = calloc(1, sizeof *job + request->kind->size);
	const locale_t locale = uselocale((locale_t)0);
	struct lookup *copy;

	if (job == NULL)
		return NULL;
	copy = memcpy(job->copy, request, request->kind->size);
	copy->job = job;
	job->started = begun != 0 ? begun : clock_now();
	job->limit = resolve_limit(request, POLICY_COUNTED);
	job->worker.run = job_run;
	job->worker.free = job_free;
	job->worker.deadline = job->limit.timeout == DURATION_NONE
				       ? DEADLINE_NEVER
				       : clock_deadline(job->started, job->limit.timeout);
	worker_init(&job->worker);
	copy->name = lookup_keep_string(copy, copy->name);
	if (copy->address != NULL)
		copy->address = lookup_keep(copy, copy->address, address_size(copy->family));
	copy->kind->keep(copy);
	keep_state(job);
	if (locale != LC_GLOBAL_LOCALE)
		job->locale = duplocale(locale);
	if (job->incomplete) {
		worker_release(&job->worker);
		return NULL;
	}
	return job;
}

/* The resolver's state has a copy of h_errno. */
static int *state_host_error(const struct lookup *request)
{
	return request->state != NULL ? &request->state->res_h_errno : &_res.res_h_errno;
}

/* Give the caller the results of the worker. */
static void take(struct lookup *request, struct lookup_job *job)
{
	errno = job->error;
	h_errno = job->host_error;
	*state_host_error(request) = job->state->resolver.res_h_errno;
	request->result = job_copy(job)->result;
	request->kind->take(request, job_copy(job));
}

/* Let the call fail. errno and h_errno are set. */
static void fail(struct lookup *request, int error)
{
	*state_host_error(request) = h_errno;
	request->result = error;
	if (request->kind->fail != NULL)
		request->kind->fail(request, error);
}

static void put_subject(const struct lookup *request, struct text *subject,
			char buffer[SUBJECT_SIZE])
{
	text_begin(subject, buffer, SUBJECT_SIZE);
	if (request->kind->put_subject != NULL)
		request->kind->put_subject(request, subject);
	else if (request->name != NULL)
		text_put_string(subject, request->name);
	else
		address_put_host(subject, request->family, request->address);
}

static void time_out(struct lookup *request, const struct lookup_job *job)
{
	char buffer[SUBJECT_SIZE];
	struct text subject;

	put_subject(request, &subject, buffer);
	stats_timeout((struct summary_peer){.fd = -1, .name = &subject}, OPERATION_RESOLVE,
		      job->limit.timeout);
	report_lookup(request->call, &subject, job->started, &job->limit);
	errno = ETIMEDOUT;
	/* libc also sets h_errno in functions that do not promise to, and programs rely on that
	 * (CPython's gethostbyaddr). */
	h_errno = TRY_AGAIN;
	fail(request, EAI_AGAIN);
}

/* Make the lookup in a worker; it began at `begun` (0: now). Returns false, with errno unchanged,
 * where no worker can be started. */
static bool made_in_worker(struct lookup *request, int64_t begun)
{
	const int saved_errno = errno, saved_host_error = h_errno;
	struct lookup_job *const job =
		!process_memory_is_borrowed() ? job_new(request, begun) : NULL;
	enum worker_outcome outcome;
	char buffer[SUBJECT_SIZE];
	struct text subject;
	int64_t since;

	errno = saved_errno;
	if (job == NULL)
		return false;
	job->error = saved_errno;
	job->host_error = saved_host_error;
	put_subject(request, &subject, buffer);
	since = stats_begin(-1, OPERATION_RESOLVE, job->limit.timeout, job->started);
	outcome = worker_run(&job->worker);
	if (outcome != WORKER_IMPOSSIBLE)
		stats_end((struct summary_peer){.fd = -1, .name = &subject}, OPERATION_RESOLVE,
			  since, outcome == WORKER_TIMED_OUT ? ETIMEDOUT : 0);
	errno = saved_errno;
	if (outcome == WORKER_DONE)
		take(request, job);
	else if (outcome == WORKER_TIMED_OUT)
		time_out(request, job);
	worker_release(&job->worker);
	return outcome != WORKER_IMPOSSIBLE;
}

/* The lookup needs no network. */
static bool is_local(const struct lookup *request)
{
	if (request->needs_network)
		return false;
	return request->name != NULL
		       ? lookup_name_is_local(request->name, request->family)
		       : lookup_address_is_local(request->address, request->family);
}

/* A fault lets the lookup fail. If not, *begun is the time at which the lookup began, or 0: now. */
static bool is_fault(struct lookup *request, resolver_fault_function *fault, int64_t *begun)
{
	char buffer[SUBJECT_SIZE];
	struct text subject;
	int error;

	put_subject(request, &subject, buffer);
	error = fault(request->call, subject.start, begun);
	if (error != 0)
		fail(request, error);
	return error != 0;
}

/* Returns false where the call is to be made natively. */
static bool made(struct lookup *request)
{
	resolver_fault_function *const fault =
		atomic_load_explicit(&resolver_fault, memory_order_relaxed);
	const bool bounded = resolve_limit(request, POLICY_MAY_FIRE).timeout != DURATION_NONE;
	int64_t begun = 0;

	if ((!bounded && fault == NULL) || lookup_is_native() || request->is_literal)
		return false;
	if (fault != NULL && is_fault(request, fault, &begun))
		return true;
	return bounded && !is_local(request) && made_in_worker(request, begun);
}

/* For rules with `host`, which may come later, too. */
static void remember(const struct lookup *request)
{
	const int saved_errno = errno;

	if (!request->is_literal && request->name != NULL && request->kind->remember != NULL &&
	    sources_any(&config_get()->sources))
		request->kind->remember(request);
	errno = saved_errno;
}

intptr_t lookup_make(struct lookup *request, const struct traced *traced)
{
	request->call = traced->call;
	if (!made(request))
		request->kind->make(request);
	remember(request);
	traced_end(traced, request->result);
	return request->result;
}
