# What is installed besides the programs and the manual pages: completion for shells, examples, and
# files for systemd.
bashcompletiondir = @bashcompletiondir@
dist_bashcompletion_DATA = data/completion/socktimeout
zshcompletiondir = @zshcompletiondir@
dist_zshcompletion_DATA = data/completion/_socktimeout

# The directory for the counters (--stats=/run/socktimeout).
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = data/systemd/socktimeout.conf

# The service that bounds all processes of a machine by /etc/socktimeout.conf.
systemdsystemunitdir = @systemdsystemunitdir@
nodist_systemdsystemunit_DATA = data/systemd/socktimeout.service
CLEANFILES += data/systemd/socktimeout.service
EXTRA_DIST += data/systemd/socktimeout.service.in
data/systemd/socktimeout.service: data/systemd/socktimeout.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) data/systemd && \
	$(SED) -e 's|[@]bindir[@]|$(bindir)|' -e 's|[@]sysconfdir[@]|$(sysconfdir)|' \
		$(top_srcdir)/data/systemd/socktimeout.service.in >$@.tmp && mv $@.tmp $@

examplesdir = $(docdir)/examples
dist_examples_DATA = docs/examples/timeouts.conf docs/examples/half-open.conf docs/examples/faults.conf \
	docs/examples/safe.conf
dist_doc_DATA += README.md NEWS \
	docs/chaos.md docs/comparison.md docs/compatibility.md docs/hardening.md docs/how-it-works.md \
	docs/performance.md docs/policy.md \
	docs/chaos.svg docs/network.svg docs/one-call.svg docs/performance.svg

# A library that is preloaded needs no libtool file. `make uninstall` finds the library by that file.
install-exec-hook:
	rm -f $(DESTDIR)$(libdir)/libsocktimeout.la
uninstall-hook:
	rm -f $(DESTDIR)$(libdir)/libsocktimeout.so
