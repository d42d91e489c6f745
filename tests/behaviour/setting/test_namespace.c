/*
 * What needs a mount namespace of its own, and so root: programs that run with more rights than
 * their caller, with the library in /etc/ld.so.preload; no environment; no /proc; and syslog.
 * Skipped where there is no such namespace to be had.
 */
#include "config.h"

#include "harness/running.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define NOBODY 65534

static const char *directory;

static const char *in_directory(const char *name)
{
	static char paths[4][200];
	static int next;
	char *const path = paths[next++ % 4];

	(void)snprintf(path, sizeof paths[0], "%s/%s", directory, name);
	return path;
}

static void copy(const char *from, const char *to, mode_t mode_bits)
{
	static char block[65536];
	const int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ssize_t n;

	ck_assert_msg(in >= 0 && out >= 0, "%s to %s: %s", from, to, strerror(errno));
	while ((n = read(in, block, sizeof block)) > 0)
		ck_assert_int_eq(write(out, block, (size_t)n), n);
	ck_assert_int_eq(fchmod(out, mode_bits), 0);
	ck_assert_int_eq(close(in) + close(out), 0);
}

/* Programs where anybody may run them, and the library in the /etc/ld.so.preload of here. */
static void preload_everywhere(void)
{
	char victim[PATH_MAX];
	FILE *list;

	ck_assert(enter_mounts());
	directory = new_directory();
	ck_assert_int_eq(mount("none", directory, "tmpfs", 0, "mode=0755"), 0);
	(void)snprintf(victim, sizeof victim, "%s/harness/victim", test_directory());
	copy(victim, in_directory("plain"), 0755);
	copy(victim, in_directory("setuid"), 04755);
	copy(getenv("SOCKTIMEOUT_TEST_LIBRARY"), in_directory("library.so"), 0755);
	ck_assert_int_eq(mkdir(in_directory("etc"), 0755), 0);
	list = fopen(in_directory("etc/ld.so.preload"), "w");
	ck_assert_ptr_nonnull(list);
	ck_assert_int_gt(fprintf(list, "%s\n", in_directory("library.so")), 0);
	ck_assert_int_eq(fclose(list), 0);
	ck_assert_int_eq(mount(in_directory("etc"), "/etc", NULL, MS_BIND, NULL), 0);
}

static void leave(void)
{
	ck_assert_int_eq(umount2("/etc", MNT_DETACH), 0);
	ck_assert_int_eq(umount2(directory, MNT_DETACH), 0);
}

/* The library is in the process, or is not. */
static bool has_library(pid_t process)
{
	char path[64], line[1000];
	bool found = false;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)process);
	maps = fopen(path, "r");
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL)
		found = found || strstr(line, "/library.so") != NULL;
	(void)fclose(maps);
	return found;
}

BEHAVIOUR_TEST(secure, ONCE)
{
	static const char *const specs[] = {"50ms", "nonsense"};
	struct run run = {.native = true, .user = NOBODY, .log = "stderr"};

	preload_everywhere();
	for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
		run.spec = specs[i];
		run.program = in_directory("setuid");
		start(&run, (const char *const[]){"recv", NULL});
		wait_until_blocked(run.pid, SYS_recvfrom);
		ck_assert(has_library(run.pid));
		stop(&run);
		ck_assert_str_eq(run.said, "");
		ck_assert_str_eq(run.complained, "");
	}
	/* The same program with the same settings, without rights, believes them. */
	run.spec = "50ms";
	run.program = in_directory("plain");
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_lines(run.complained, 1, "^socktimeout: plain\\[[0-9]+\\]: recv\\(");
	leave();
}

/* The system's file, in the namespace of here; false where there is no directory for it. */
static bool write_system_file(const char *text)
{
	static const char path[] = SYSCONFDIR "/socktimeout.conf";
	struct stat status;
	FILE *file;

	if (stat(SYSCONFDIR, &status) != 0 ||
	    (strcmp(SYSCONFDIR, "/etc") != 0 &&
	     mount("none", SYSCONFDIR, "tmpfs", 0, "mode=0755") != 0))
		return false;
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
	return true;
}

/* Only the system's file is believed by a program with more rights than its caller, whatever the
 * caller's environment says. */
BEHAVIOUR_TEST(secure_file, ONCE)
{
	struct run run = {.native = true,
			  .user = NOBODY,
			  .spec = "50ms",
			  .rules = "op=recv timeout=50ms",
			  .log = "stderr"};
	char program[200], evil[200];
	FILE *file;

	preload_everywhere();
	(void)snprintf(program, sizeof program, "%s", in_directory("setuid"));
	(void)snprintf(evil, sizeof evil, "%s", in_directory("evil"));
	file = fopen(evil, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs("op=recv timeout=50ms\nnonsense\n", file), 0);
	ck_assert_int_eq(fclose(file), 0);
	run.program = program;
	run.config = evil;
	start(&run, (const char *const[]){"recv", NULL});
	wait_until_blocked(run.pid, SYS_recvfrom);
	stop(&run);
	ck_assert_str_eq(run.said, "");
	ck_assert_str_eq(run.complained, "");
	if (write_system_file("op=recv timeout=200ms\n")) {
		RUN_VICTIM(&run, "recv");
		ck_said_timed_out(&run, "recv", 200);
		ck_assert_str_eq(run.complained, "");
		/* The same file for others, where nothing is set. */
		run = (struct run){.native = true, .system_file = true};
		run.program = in_directory("plain");
		RUN_VICTIM(&run, "recv");
		ck_said_timed_out(&run, "recv", 200);
		ck_assert_str_eq(run.complained, "");
		/* And not at all. */
		run.system_file = false;
		start(&run, (const char *const[]){"recv", NULL});
		wait_until_blocked(run.pid, SYS_recvfrom);
		stop(&run);
		if (strcmp(SYSCONFDIR, "/etc") != 0)
			ck_assert_int_eq(umount2(SYSCONFDIR, MNT_DETACH), 0);
	}
	leave();
}

/* environ is empty, and NULL for libc where there is no envp at all. */
BEHAVIOUR_TEST(no_environment, ONCE)
{
	char *const none[] = {NULL};
	char program[200];
	char *const argv[] = {program, (char[]){"recv"}, NULL};

	preload_everywhere();
	(void)snprintf(program, sizeof program, "%s", in_directory("plain"));
	for (int i = 0; i < 2; i++) {
		const pid_t child = fork();

		if (child == 0) {
			(void)syscall(SYS_execve, program, argv, i == 0 ? none : NULL);
			_exit(127);
		}
		wait_until_blocked(child, SYS_recvfrom);
		ck_assert(has_library(child));
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
	}
	leave();
}

/* Nothing that is asked for is there: no /proc, no /dev, no /tmp. */
BEHAVIOUR_TEST(no_files, ONCE)
{
	static const char *const logs[] = {"stderr", "syslog", "/dev/null"};
	struct run run = {.spec = "50ms"};

	preload_everywhere();
	run.program = in_directory("plain");
	run.native = true;
	ck_assert_int_eq(mount("none", "/proc", "tmpfs", 0, NULL), 0);
	ck_assert_int_eq(mount("none", "/dev", "tmpfs", 0, NULL), 0);
	for (size_t i = 0; i < sizeof logs / sizeof *logs; i++) {
		run.log = logs[i];
		RUN_VICTIM(&run, "recv", "connect", "accept");
		ck_said_timed_out(&run, "accept", 50);
		/* That there is no syslog is said, once. */
		ck_lines(run.complained, i == 0 ? 3 : i == 1 ? 1 : 0, NULL);
	}
	ck_assert_int_eq(umount2("/proc", MNT_DETACH), 0);
	leave();
}

/* The line that the victim's recv gave to the daemon. */
static void ck_syslog(const char *line, const struct run *run)
{
	char expected[200];

	(void)snprintf(expected, sizeof expected,
		       "^<12>victim\\[%d\\]: socktimeout: recv\\([0-9]+, AF_INET, SOCK_STREAM, "
		       "IPPROTO_TCP, 127\\.0\\.0\\.1:[0-9]+\\) timed out after [0-9.]+ s$",
		       (int)run->pid);
	ck_lines(line, 0, expected);
}

static int syslog_daemon(int type)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	const int fd = socket(AF_UNIX, type, 0);

	(void)unlink(address.sun_path);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

BEHAVIOUR_TEST(to_syslog, ONCE)
{
	struct run run = {.spec = "50ms", .log = "syslog"};
	char text[600];
	int daemon, client;
	ssize_t n;

	ck_assert(enter_mounts());
	ck_assert_int_eq(mount("none", "/dev", "tmpfs", 0, NULL), 0);
	daemon = syslog_daemon(SOCK_DGRAM);
	RUN_VICTIM(&run, "recv");
	ck_assert_str_eq(run.complained, "");
	n = recv(daemon, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_syslog(text, &run);
	ck_failed(recv(daemon, text, sizeof text, MSG_DONTWAIT), EAGAIN);

	/* One that has stopped reading, and is full: the line is lost, the program is not. */
	do
		n = sendto(client = socket(AF_UNIX, SOCK_DGRAM, 0), "x", 1, MSG_DONTWAIT,
			   (const struct sockaddr *)&(const struct sockaddr_un){
				   .sun_family = AF_UNIX, .sun_path = "/dev/log"},
			   sizeof(struct sockaddr_un));
	while (n == 1 && close(client) == 0);
	RUN_VICTIM(&run, "recv");
	ck_said_timed_out(&run, "recv", 50);
	ck_assert_int_eq(close(daemon), 0);

	/* Nobody is bound to it any more; then one that listens for a stream. */
	RUN_VICTIM(&run, "recv");
	daemon = syslog_daemon(SOCK_STREAM);
	ck_assert_int_eq(listen(daemon, 4), 0);
	RUN_VICTIM(&run, "recv");
	client = accept(daemon, NULL, NULL);
	n = recv(client, text, sizeof text - 1, MSG_WAITALL);
	ck_assert_int_gt(n, 1);
	ck_assert_int_eq(text[n - 1], '\0');
	ck_syslog(text, &run);
}

/* The native protocol: fields, a datagram each record. */
BEHAVIOUR_TEST(to_journal, ONCE)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX,
					    .sun_path = "/run/systemd/journal/socket"};
	struct run run = {.spec = "50ms", .log = "journal", .name = "two\nlines"};
	static const char length[] = "\nSYSLOG_IDENTIFIER\n\x09\0\0\0\0\0\0\0two\nlines\n";
	char text[2000];
	int daemon;
	ssize_t n;

	ck_assert(enter_mounts());
	ck_assert_int_eq(mount("none", "/run", "tmpfs", 0, NULL), 0);
	/* Nobody there: said, once. */
	RUN_VICTIM(&run, "recv", "recv");
	ck_lines(run.complained, 1, "^socktimeout: SOCKTIMEOUT_LOG: .* journal: ENOENT$");
	ck_assert_int_eq(mkdir("/run/systemd", 0755) + mkdir("/run/systemd/journal", 0755), 0);
	daemon = socket(AF_UNIX, SOCK_DGRAM, 0);
	ck_assert_int_eq(bind(daemon, (const struct sockaddr *)&address, sizeof address), 0);
	RUN_VICTIM(&run, "recv", "recv-unix=@\n");
	ck_assert_str_eq(run.complained, "");
	n = recv(daemon, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_ptr_eq(strstr(text, "MESSAGE=socktimeout: recv("), text);
	ck_assert_ptr_nonnull(strstr(text, "\nPRIORITY=4\n"));
	ck_assert_ptr_nonnull(memmem(text, (size_t)n, length, sizeof length - 1));
	ck_assert_ptr_nonnull(memmem(text, (size_t)n, "\nSOCKTIMEOUT_CALL=recv\n", 23));
	ck_assert_ptr_nonnull(
		memmem(text, (size_t)n, "\nSOCKTIMEOUT_PEER_ADDRESS=127.0.0.1\n", 36));
	n = recv(daemon, text, sizeof text - 1, MSG_DONTWAIT);
	ck_assert_int_gt(n, 0);
	ck_assert_ptr_nonnull(memmem(text, (size_t)n,
				     "\nSOCKTIMEOUT_PEER_ABSTRACT\n\1\0\0\0\0\0\0\0\n\n", 37));
	ck_failed(recv(daemon, text, sizeof text, MSG_DONTWAIT), EAGAIN);
	ck_assert_int_eq(umount2("/run", MNT_DETACH), 0);
}

int main(int argc, char **argv)
{
	if (!mounts_possible()) {
		(void)puts("no mount namespace: skipped");
		return 77;
	}
	return behaviour_main(argc, argv, "namespaces");
}
