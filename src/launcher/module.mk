bin_PROGRAMS += src/launcher/socktimeout
src_launcher_socktimeout_CPPFLAGS = $(COMMON_CPPFLAGS)
src_launcher_socktimeout_CFLAGS = $(COMMON_CFLAGS) $(ELF_CFLAGS)
src_launcher_socktimeout_SOURCES = \
	src/launcher/allocate.c src/launcher/allocate.h \
	src/launcher/attach.c src/launcher/attach.h \
	src/launcher/check.c src/launcher/check.h \
	src/launcher/command.c src/launcher/command.h \
	src/launcher/exposition.c src/launcher/exposition.h \
	src/launcher/explain.c src/launcher/explain.h \
	src/launcher/functions.c src/launcher/functions.h \
	src/launcher/image.c src/launcher/image.h \
	src/launcher/known.c src/launcher/known.h \
	src/launcher/library.c src/launcher/library.h \
	src/launcher/list.c src/launcher/list.h \
	src/launcher/loader.c src/launcher/loader.h \
	src/launcher/main.c \
	src/launcher/outside/act.c src/launcher/outside/act.h \
	src/launcher/outside/due.c src/launcher/outside/due.h \
	src/launcher/outside/facts.c src/launcher/outside/facts.h \
	src/launcher/outside/inject.c src/launcher/outside/inject.h \
	src/launcher/outside/judge.c src/launcher/outside/judge.h \
	src/launcher/outside/limits.c src/launcher/outside/limits.h \
	src/launcher/outside/look.c src/launcher/outside/look.h \
	src/launcher/outside/outside.c src/launcher/outside/outside.h \
	src/launcher/outside/pending.c src/launcher/outside/pending.h \
	src/launcher/outside/permission.c src/launcher/outside/permission.h \
	src/launcher/outside/sets.c src/launcher/outside/sets.h \
	src/launcher/outside/state.h \
	src/launcher/outside/sysno.c src/launcher/outside/sysno.h \
	src/launcher/outside/tell.c src/launcher/outside/tell.h \
	src/launcher/privileges.c src/launcher/privileges.h \
	src/launcher/proc.c src/launcher/proc.h \
	src/launcher/program.c src/launcher/program.h \
	src/launcher/reach.c src/launcher/reach.h \
	src/launcher/report.c src/launcher/report.h \
	src/launcher/rules.c src/launcher/rules.h \
	src/launcher/settings.c src/launcher/settings.h \
	src/launcher/status.c src/launcher/status.h \
	src/launcher/suggest.c src/launcher/suggest.h \
	src/launcher/summary.c src/launcher/summary.h \
	src/launcher/supervise.c src/launcher/supervise.h \
	src/launcher/survey.c src/launcher/survey.h \
	src/launcher/systemd.c src/launcher/systemd.h \
	src/launcher/target.c src/launcher/target.h \
	src/launcher/totals.c src/launcher/totals.h \
	src/launcher/usage.c src/launcher/usage.h \
	src/launcher/watch.c src/launcher/watch.h \
	src/launcher/words.c src/launcher/words.h \
	src/shim/system/kernel.c src/shim/system/kernel.h src/shim/system/kernel_file.c src/shim/system/kernel_inside.h \
	src/shim/config/trusted.c src/shim/config/trusted.h
src_launcher_socktimeout_LDADD = \
	src/record/librecord.la src/calls/libcalls.la src/stats/libstats.la src/policy/libpolicy.la src/constants/libconstants.la \
	src/base/libbase.la $(ELF_LIBS)
