bin_PROGRAMS += src/launcher/socktimeout
src_launcher_socktimeout_CPPFLAGS = $(COMMON_CPPFLAGS)
src_launcher_socktimeout_CFLAGS = $(COMMON_CFLAGS) $(ELF_CFLAGS)
src_launcher_socktimeout_SOURCES = \
	src/launcher/allocate.c src/launcher/allocate.h \
	src/launcher/attach.c src/launcher/attach.h \
	src/launcher/command.c src/launcher/command.h \
	src/launcher/library.c src/launcher/library.h \
	src/launcher/main.c \
	src/launcher/proc.c src/launcher/proc.h \
	src/launcher/rules.c src/launcher/rules.h \
	src/launcher/settings.c src/launcher/settings.h \
	src/launcher/status.c src/launcher/status.h \
	src/launcher/supervise.c src/launcher/supervise.h \
	src/launcher/usage.c src/launcher/usage.h \
	src/launcher/words.c src/launcher/words.h \
	src/launcher/outside/due.c src/launcher/outside/due.h \
	src/launcher/outside/judge.c src/launcher/outside/judge.h \
	src/launcher/outside/limits.c src/launcher/outside/limits.h \
	src/launcher/outside/look.c src/launcher/outside/look.h \
	src/launcher/outside/outside.c src/launcher/outside/outside.h \
	src/launcher/outside/pending.c src/launcher/outside/pending.h \
	src/launcher/outside/permission.c src/launcher/outside/permission.h \
	src/launcher/outside/report.c src/launcher/outside/report.h \
	src/launcher/outside/state.h \
	src/launcher/outside/tell.c src/launcher/outside/tell.h \
	src/launcher/outside/process/act.c src/launcher/outside/process/act.h \
	src/launcher/outside/process/facts.c src/launcher/outside/process/facts.h \
	src/launcher/outside/process/inject.c src/launcher/outside/process/inject.h \
	src/launcher/outside/process/known.c src/launcher/outside/process/known.h \
	src/launcher/outside/process/sets.c src/launcher/outside/process/sets.h \
	src/launcher/outside/process/sysno.c src/launcher/outside/process/sysno.h \
	src/launcher/program/check.c src/launcher/program/check.h \
	src/launcher/program/functions.c src/launcher/program/functions.h \
	src/launcher/program/image.c src/launcher/program/image.h \
	src/launcher/program/loader.c src/launcher/program/loader.h \
	src/launcher/program/privileges.c src/launcher/program/privileges.h \
	src/launcher/program/program.c src/launcher/program/program.h \
	src/launcher/program/reach.c src/launcher/program/reach.h \
	src/launcher/program/survey.c src/launcher/program/survey.h \
	src/launcher/report/explain.c src/launcher/report/explain.h \
	src/launcher/report/exposition.c src/launcher/report/exposition.h \
	src/launcher/report/list.c src/launcher/report/list.h \
	src/launcher/report/suggest.c src/launcher/report/suggest.h \
	src/launcher/report/summary.c src/launcher/report/summary.h \
	src/launcher/report/systemd.c src/launcher/report/systemd.h \
	src/launcher/report/target.c src/launcher/report/target.h \
	src/launcher/report/totals.c src/launcher/report/totals.h \
	src/launcher/report/watch.c src/launcher/report/watch.h \
	src/shim/system/kernel.c src/shim/system/kernel.h src/shim/system/kernel_file.c src/shim/system/kernel_inside.h \
	src/shim/config/trusted.c src/shim/config/trusted.h
src_launcher_socktimeout_LDADD = \
	src/record/librecord.la src/calls/libcalls.la src/stats/libstats.la src/policy/libpolicy.la src/constants/libconstants.la \
	src/base/libbase.la $(ELF_LIBS)
