/*
 * Prints which calls of a command would be bounded. Cold; owns no state.
 */
#include "launcher/program/check.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "launcher/program/functions.h"
#include "launcher/library.h"
#include "launcher/outside/permission.h"
#include "launcher/proc.h"
#include "launcher/program/privileges.h"
#include "launcher/program/program.h"
#include "launcher/program/reach.h"
#include "launcher/status.h"
#include "launcher/program/survey.h"

enum { COVERED, IN_PART, NOT_AT_ALL };

/* The columns of a terminal; the column of a paragraph, and of its words where it has a label. */
#define WIDTH   79
#define INDENT  4
#define LABELED 14

/* A paragraph of words. */
struct paragraph {
	const char *label; /* NULL: none */
	int column;        /* 0 before the first word */
};

static void put_word(struct paragraph *paragraph, const char *word)
{
	const int indent = paragraph->label == NULL ? INDENT : LABELED;
	const int length = (int)strlen(word);

	if (paragraph->column == 0) {
		printf("%*s%-*s%s", INDENT, "", indent - INDENT,
		       paragraph->label == NULL ? "" : paragraph->label, word);
		paragraph->column = indent + length;
	} else if (paragraph->column + 1 + length > WIDTH) {
		printf("\n%*s%s", indent, "", word);
		paragraph->column = indent + length;
	} else {
		printf(" %s", word);
		paragraph->column += 1 + length;
	}
}

static void end_paragraph(struct paragraph *paragraph)
{
	if (paragraph->column != 0)
		putchar('\n');
}

static bool imports_kind(const struct survey_object *object, enum function_kind kind)
{
	for (size_t i = 0; i < functions_count; i++)
		if (functions[i].kind == kind && object->imports[i])
			return true;
	return false;
}

static bool any_imports(const struct survey *survey, enum function_kind kind)
{
	for (size_t i = 0; i < survey->count; i++)
		if (imports_kind(&survey->objects[i], kind))
			return true;
	return false;
}

/* Print the imported functions of kind; with FUNCTION_BOUNDED, only the functions of operation. */
static void put_functions(const char *label, const struct survey_object *object,
			  enum function_kind kind, enum operation operation)
{
	struct paragraph paragraph = {label, 0};

	for (size_t i = 0; i < functions_count; i++)
		if (object->imports[i] && functions[i].kind == kind &&
		    (kind != FUNCTION_BOUNDED || functions[i].operation == operation))
			put_word(&paragraph, functions[i].name);
	end_paragraph(&paragraph);
}

static void put_bounded(const struct survey *survey)
{
	if (any_imports(survey, FUNCTION_BOUNDED))
		puts("\nBounded on sockets, by the timeout of");
	for (size_t i = 0; i < survey->count; i++) {
		const struct survey_object *object = &survey->objects[i];

		if (!imports_kind(object, FUNCTION_BOUNDED))
			continue;
		printf("  %s\n", object->name);
		for (enum operation operation = 0; operation < OPERATION_COUNT; operation++)
			put_functions(operation_name(operation), object, FUNCTION_BOUNDED,
				      operation);
		put_functions("(stdio)", object, FUNCTION_STREAM, 0);
	}
}

/* Print heading, and the names of the objects that are wanted. Returns whether any is. */
static bool put_objects(const char *heading, const struct survey *survey,
			bool (*wanted)(const struct survey_object *object))
{
	struct paragraph paragraph = {NULL, 0};
	bool any = false;

	for (size_t i = 0; i < survey->count; i++) {
		if (!wanted(&survey->objects[i]))
			continue;
		if (!any)
			printf("\n%s\n", heading);
		any = true;
		put_word(&paragraph, survey->objects[i].name);
	}
	end_paragraph(&paragraph);
	return any;
}

static bool has_stdio_alone(const struct survey_object *object)
{
	return imports_kind(object, FUNCTION_STREAM) && !imports_kind(object, FUNCTION_BOUNDED);
}

static bool is_missing(const struct survey_object *object)
{
	return object->path == NULL;
}

static bool is_unreadable(const struct survey_object *object)
{
	return object->path != NULL && !object->has_symbols;
}

static bool loads_others(const struct survey_object *object)
{
	return imports_kind(object, FUNCTION_LOADS);
}

static bool links_libseccomp(const struct survey_object *object)
{
	const char *const slash = strrchr(object->name, '/');
	const char *const name = slash == NULL ? object->name : slash + 1;

	return imports_kind(object, FUNCTION_FILTERS) ||
	       strncmp(name, "libseccomp.so", strlen("libseccomp.so")) == 0;
}

static bool may_restrict_itself(const struct survey_object *object)
{
	return imports_kind(object, FUNCTION_RESTRICTS) && !links_libseccomp(object);
}

/* Print the objects that may install a filter of system calls (shim/system/sandbox.h). */
static void put_sandboxes(const struct survey *survey)
{
	put_objects(
		"Link libseccomp: after the process has installed a filter, its calls are not "
		"bounded",
		survey, links_libseccomp);
	put_objects(
		"Import prctl: after the process has installed a filter by prctl, its calls are "
		"not bounded",
		survey, may_restrict_itself);
}

/* Print heading, and the imported functions of a kind that is not bounded. Returns whether any is. */
static bool put_unbounded(const char *heading, const struct survey *survey,
			  enum function_kind kind)
{
	if (!any_imports(survey, kind))
		return false;
	printf("\n%s\n", heading);
	for (size_t i = 0; i < survey->count; i++)
		if (imports_kind(&survey->objects[i], kind)) {
			printf("  %s\n", survey->objects[i].name);
			put_functions(NULL, &survey->objects[i], kind, 0);
		}
	return true;
}

/* A function that the program defines precedes the preloaded function, also for the program's libraries. */
static bool put_own(const struct survey_object *program)
{
	struct paragraph paragraph = {NULL, 0};
	bool any = false;

	for (size_t i = 0; i < functions_count; i++) {
		if (!program->defines[i] || functions[i].kind != FUNCTION_BOUNDED)
			continue;
		if (!any)
			puts("\nNot bounded, because the program defines functions with these names");
		any = true;
		put_word(&paragraph, functions[i].name);
	}
	end_paragraph(&paragraph);
	return any;
}

static int verdict(int result, const char *word, const char *reason)
{
	printf("\n%s: %s\n", word, reason);
	return result;
}

/* Print the functions that are not bounded, and the objects that are not known. Returns the reason why
 * the program is covered in part only; NULL: it is covered. */
static const char *put_gaps(const struct survey *survey, const struct reach *reach,
			    bool outside)
{
	const bool unbounded = put_unbounded("Not bounded", survey, FUNCTION_UNBOUNDED);
	const bool own = put_own(&survey->objects[0]);
	const bool missing = put_objects("Not found by the dynamic linker", survey, is_missing);
	const bool unreadable =
		put_objects("Without a readable symbol table", survey, is_unreadable);

	if (reach->extent == REACH_PART)
		return outside ? "it is a Go program; calls without libc are bounded from outside: "
				 "TCP, and calls that block"
			       : "it is a Go program, and calls without libc are not bounded";
	if (reach->image.interpreter == NULL)
		return "it is a dynamic linker; check the program that it runs";
	if (!survey->listed)
		return "its libraries are not known, because its dynamic linker was not run";
	if (missing)
		return "a library is missing";
	if (own)
		return "the program defines its own functions in place of bounded ones";
	if (unbounded)
		return "some functions that may wait on a socket are not bounded";
	return unreadable ? "the imports of a file are not known" : NULL;
}

static int judge_loaded(const struct survey *survey, const struct reach *reach, bool script,
			bool outside)
{
	const char *gap;
	bool loads;

	put_bounded(survey);
	put_objects("Bounded where a stream is on a socket (stdio alone)", survey,
		    has_stdio_alone);
	gap = put_gaps(survey, reach, outside);
	loads = put_objects("Load more libraries at run time (dlopen): bounded, but not listed",
			    survey, loads_others);
	put_unbounded("Not bounded, but rarely used on sockets", survey, FUNCTION_RARE);
	put_sandboxes(survey);
	if (script)
		puts("\nPrograms that the script starts are bounded too, if the library reaches them.");
	if (gap != NULL)
		return verdict(IN_PART, "in part", gap);
	if (any_imports(survey, FUNCTION_BOUNDED) || any_imports(survey, FUNCTION_STREAM))
		return verdict(COVERED, "covered",
			       "the functions that it imports to wait on sockets are bounded");
	return verdict(COVERED, "covered",
		       loads ? "it waits on no socket, and libraries that it loads are bounded"
			     : "it waits on no socket");
}

/* Print the files from the command to the program that is executed. */
static void put_way(const struct program *program)
{
	static const char *const ways[] = {
		[PROGRAM_COMMAND] = "",
		[PROGRAM_SCRIPT] = "  is a script, and its interpreter",
		[PROGRAM_ENV] = "  starts",
		[PROGRAM_SHELL] = "  has no known format, and the shell reads the file:",
	};

	for (size_t i = 0; i < program->count; i++) {
		if (i > 0)
			puts(ways[program->files[i].way]);
		puts(program->files[i].path);
	}
}

static void put_program(const struct reach *reach)
{
	if (reach->extent == REACH_UNKNOWN)
		return;
	printf("  is a program for %s, ", image_machine(&reach->image));
	if (reach->image.interpreter == NULL)
		puts("without a dynamic linker");
	else
		printf("by %s\n", reach->image.interpreter);
}

/* The dynamic linker to ask, or NULL. Asking must not execute code of the program. */
static const char *linker_to_ask(const struct reach *reach)
{
	return reach->image.audits || !reach->linker_trusted ? NULL : reach->image.interpreter;
}

/* Whether the kernel lets this process trace others, and what limits that. */
static void put_tracing(int error)
{
	const char *const yama = permission_yama("/proc");
	char text[4096];

	printf("\nptrace(2) is %spermitted here", error == 0 ? "" : "not ");
	if (error != 0)
		printf(" (%s)", strerror(-error));
	if (yama != NULL)
		printf("; %s", yama);
	if (proc_read(text, sizeof text, "/proc/self/status") > 0) {
		if (proc_field(text, "NoNewPrivs") == 1)
			fputs("; no_new_privs is set", stdout);
		if (proc_field(text, "Seccomp") == 2)
			fputs("; a seccomp filter is in force", stdout);
	}
	putchar('\n');
}

/* The library does not get into the program. */
static int judge_unreached(const struct reach *reach, bool outside)
{
	int tracing, duplicates;

	if (!outside || (reach->privileged && !privileges_may_trace())) {
		printf("\nnot at all: it %s; %s\n", reach->reason, reach->instead);
		return NOT_AT_ALL;
	}
	tracing = permission_trace();
	duplicates = permission_duplicate();
	put_tracing(tracing);
	if (duplicates != 0) {
		printf("\nnot at all: it %s, and pidfd_getfd(2) of the sockets of other "
		       "processes fails here: %s\n",
		       reach->reason, strerror(-duplicates));
		return NOT_AT_ALL;
	}
	printf("\nin part: it %s; bounded from outside: TCP%s\n", reach->reason,
	       tracing == 0 ? ", and calls that block" : "");
	return IN_PART;
}

static int check_program(const char *file, const char *preload, bool script, bool outside)
{
	struct reach reach;
	struct survey survey;
	int result;

	reach_judge(file, preload, false, &reach);
	put_program(&reach);
	if (reach.extent == REACH_UNKNOWN)
		die(STATUS_REFUSED, "%s %s", file, reach.reason);
	if (reach.extent == REACH_NOTHING) {
		result = judge_unreached(&reach, outside);
		reach_free(&reach);
		return result;
	}
	survey_take(file, linker_to_ask(&reach),
		    reach.library != NULL ? reach.library : preload, &survey);
	if (survey.listed && !survey.loaded)
		result = verdict(NOT_AT_ALL, "not at all",
				 "its dynamic linker does not load " LIBRARY_FILE);
	else
		result = judge_loaded(&survey, &reach, script, outside);
	survey_free(&survey);
	reach_free(&reach);
	return result;
}

int check(const char *command, bool outside)
{
	struct program program;
	int result;

	program_find(command, &program);
	if (program.error != 0) {
		errno = program.error;
		die(program.error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE,
		    "%s%s%s: %m", program.count > 1 ? command : "",
		    program.count > 1 ? ": its interpreter " : "",
		    program.count > 0 ? program.files[program.count - 1].path : command);
	}
	put_way(&program);
	result = check_program(program.files[program.count - 1].path, getenv("LD_PRELOAD"),
			       program.count > 1, outside);
	program_free(&program);
	return result;
}
