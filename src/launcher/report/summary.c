/*
 * Adds the records up by peer and operation. Cold; owns the file.
 */
#include "config.h"

#include "launcher/report/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/allocate.h"
#include "launcher/settings.h"
#include "launcher/status.h"
#include "launcher/supervise.h"
#include "policy/operation.h"
#include "stats/summary.h"

/* Rows that are printed. */
#define ROWS_LIMIT 40
/* Ports that the kernel gives to clients: the clients of a server share a row. */
#define CLIENT_PORTS 32768

struct row {
	enum operation operation;
	char peer[SUMMARY_PEER_SIZE + 1];
	uint64_t waits, timeouts, faults;
	int64_t total, longest; /* nanoseconds */
};

struct table {
	struct row *rows;
	size_t count;
};

static char *path;
static int file = -1;

void summary_begin(void)
{
	file = supervise_open_file("--summary", &path);
	settings_set("SOCKTIMEOUT_SUMMARY", path);
}

/* The peer in text; ADDRESS:* of a client. */
static void copy_peer(const struct summary_record *record, char peer[SUMMARY_PEER_SIZE + 1])
{
	const size_t length = record->length <= SUMMARY_PEER_SIZE ? record->length : 0;
	char *colon;

	memcpy(peer, record->peer, length);
	peer[length] = '\0';
	colon = strrchr(peer, ':');
	if (colon != NULL && strspn(colon + 1, "0123456789") == strlen(colon + 1) &&
	    strtol(colon + 1, NULL, 10) >= CLIENT_PORTS)
		strcpy(colon + 1, "*");
	if (length == 0)
		strcpy(peer, "-");
}

static struct row *row_of(struct table *table, const struct summary_record *record)
{
	char peer[SUMMARY_PEER_SIZE + 1];
	struct row *row;

	copy_peer(record, peer);
	for (size_t i = 0; i < table->count; i++)
		if (table->rows[i].operation == (enum operation)record->operation &&
		    strcmp(table->rows[i].peer, peer) == 0)
			return &table->rows[i];
	table->rows = allocate_array(table->rows, table->count + 1, sizeof *table->rows);
	row = &table->rows[table->count++];
	memset(row, 0, sizeof *row);
	row->operation = (enum operation)record->operation;
	strcpy(row->peer, peer);
	return row;
}

static void add(struct table *table, const struct summary_record *record)
{
	struct row *row;

	if (record->operation >= OPERATION_COUNT)
		return;
	row = row_of(table, record);
	switch (record->event) {
	case SUMMARY_WAIT:
		row->waits++;
		row->total += record->elapsed;
		if (record->elapsed > row->longest)
			row->longest = record->elapsed;
		break;
	case SUMMARY_TIMEOUT:
		row->timeouts++;
		break;
	case SUMMARY_FAULT:
		row->faults++;
		break;
	default:
		break;
	}
}

static int compare_rows(const void *one, const void *other)
{
	const struct row *const a = one, *const b = other;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return strcmp(a->peer, b->peer);
}

static void print_row(const struct row *row, int64_t total, const char *operation,
		      const char *peer)
{
	fprintf(stderr, "%6.2f %11.3f %9" PRIu64 " %11.3f %9" PRIu64 " %7" PRIu64 "  %-9s %s\n",
		total > 0 ? 100.0 * (double)row->total / (double)total : 0.0,
		(double)row->total / 1e9, row->waits, (double)row->longest / 1e9, row->timeouts,
		row->faults, operation, peer);
}

static void print_table(struct table *table)
{
	struct row all = {.waits = 0};

	for (size_t i = 0; i < table->count; i++) {
		all.waits += table->rows[i].waits;
		all.timeouts += table->rows[i].timeouts;
		all.faults += table->rows[i].faults;
		all.total += table->rows[i].total;
		if (table->rows[i].longest > all.longest)
			all.longest = table->rows[i].longest;
	}
	if (table->count > 1)
		qsort(table->rows, table->count, sizeof *table->rows, compare_rows);
	fprintf(stderr, "%6s %11s %9s %11s %9s %7s  %-9s %s\n", "% time", "seconds", "waits",
		"longest", "timeouts", "faults", "operation", "peer");
	for (size_t i = 0; i < table->count && i < ROWS_LIMIT; i++)
		print_row(&table->rows[i], all.total, operation_name(table->rows[i].operation),
			  table->rows[i].peer);
	if (table->count > ROWS_LIMIT)
		fprintf(stderr, "and %zu more\n", table->count - ROWS_LIMIT);
	print_row(&all, all.total, "total", "");
}

void summary_end(void)
{
	struct table table = {NULL, 0};
	struct summary_record record;
	FILE *const stream = fdopen(file, "r");
	struct stat status;

	unlink(path);
	if (stream == NULL || fseek(stream, 0, SEEK_SET) != 0)
		die(STATUS_REFUSED, "--summary: %m");
	while (fread(&record, sizeof record, 1, stream) == 1)
		add(&table, &record);
	print_table(&table);
	if (fstat(file, &status) == 0 && status.st_size >= SUMMARY_FILE_LIMIT)
		fputs("socktimeout: --summary: too many waits, the table has only the first\n",
		      stderr);
	fclose(stream);
	free(table.rows);
}
