/*
 * Standard input, output and error on sockets: bounded where they are sockets from the start or by
 * dup2, and otherwise as natively.
 */
#include "config.h"

#include "harness/running.h"
#include "stream/stream.h"

#include <fcntl.h>
#include <sys/wait.h>

/* One run of the victim. */
struct service {
	const char *action;
	bool on_files;       /* the standard streams are /dev/null, not sockets */
	bool inactive;       /* nothing is set for the library */
	const char *preload; /* a library more, or NULL */
	const char *input;   /* what is sent before; NULL: nothing */
	char output[100];    /* what was received, to its end */
};

static void become_service(const struct service *service, int fd)
{
	char preload[600], path[600];
	const char *const library = getenv("LD_PRELOAD");

	if (service->on_files)
		fd = open("/dev/null", O_RDWR);
	for (int standard = 0; standard < 3; standard++)
		(void)dup2(fd, standard);
	if (service->inactive)
		forget_settings();
	if (service->preload != NULL) {
		(void)snprintf(preload, sizeof preload, "%s%s%s",
			       library == NULL ? "" : library, library == NULL ? "" : ":",
			       service->preload);
		(void)setenv("LD_PRELOAD", preload, 1);
	}
	(void)snprintf(path, sizeof path, "%s/stream/stdio_victim", test_directory());
	(void)execl(path, path, service->action, (char *)NULL);
	_exit(97);
}

/* Returns the exit status. */
static int serve(struct service *service)
{
	int pair[2], status;
	ssize_t n = 0, length = 0;
	pid_t pid;

	tcp_pair(pair);
	if (service->input != NULL)
		send_whole(pair[1], service->input, strlen(service->input));
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become_service(service, pair[0]);
	ck_assert_int_eq(close(pair[0]), 0);
	do {
		length += n;
		n = read(pair[1], service->output + length,
			 sizeof service->output - 1 - (size_t)length);
	} while (n > 0);
	service->output[length] = '\0';
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(close(pair[1]), 0);
	ck_assert_msg(WIFEXITED(status), "%s ended by signal %d", service->action,
		      WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* What the victim tells of its streams: which are exchanged under the library. */
static const struct {
	struct service service;
	int exchanged;
} services[] = {
	{{.action = "exchanged"}, 7},
	{{.action = "exchanged", .on_files = true}, 0},
	{{.action = "exchanged", .inactive = true}, 0},
	{{.action = "exchanged", .preload = "libstdc++.so.6"}, 0},
	{{.action = "socket", .on_files = true}, 7},
	{{.action = "socket", .on_files = true, .preload = "libstdc++.so.6"}, 0},
	{{.action = "file"}, 0},
	{{.action = "to-and-fro"}, 7},
	{{.action = "after-use"}, 7},
	{{.action = "after-use", .on_files = true}, 0},
	{{.action = "vfork", .on_files = true}, 0},
	{{.action = "threads", .on_files = true}, 0},
	{{.action = "handler", .on_files = true}, 0},
	{{.action = "after-handler", .on_files = true}, 7},
	{{.action = "jump", .on_files = true}, 7},
};

BEHAVIOUR_LOOP(exchanged, ALL, COUNT(services))
{
	struct service service = services[_i].service;

	ck_assert_int_eq(serve(&service), mode() == MODE_NATIVE ? 0 : services[_i].exchanged);
}

BEHAVIOUR_TEST(closed, ALL)
{
	struct service service = {.action = "close"};

	ck_assert_int_eq(serve(&service), 0);
	ck_assert_str_eq(service.output, "x\n");
}

BEHAVIOUR_TEST(reopened, ALL)
{
	struct service service = {.action = "freopen"};

	ck_assert_int_eq(serve(&service), 0);
	ck_assert_str_eq(service.output, "");
}

BEHAVIOUR_TEST(order, ALL)
{
	struct service service = {.action = "order"};

	ck_assert_int_eq(serve(&service), 0);
	ck_assert_str_eq(service.output, "eo");
}

BEHAVIOUR_TEST(line_buffered, ALL)
{
	struct service service = {.action = "to-and-fro"};

	(void)serve(&service);
	ck_assert_str_eq(service.output, "line\n");
}

BEHAVIOUR_TEST(answered, ALL)
{
	struct service service = {.action = "read", .input = "a line\n"};

	ck_assert_int_eq(serve(&service), 0);
}

BEHAVIOUR_TEST(silent, SHORT)
{
	struct service service = {.action = "read"};

	ck_assert_int_eq(serve(&service), ETIMEDOUT);
}

int main(int argc, char **argv)
{
	return behaviour_main(argc, argv, "standard streams");
}
