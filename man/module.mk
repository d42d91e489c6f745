dist_man_MANS += man/socktimeout.1 man/socktimeout.conf.5
