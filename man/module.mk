dist_man_MANS += man/socktimeout.1
