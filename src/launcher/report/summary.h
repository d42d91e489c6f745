/*
 * --summary: where the time of COMMAND went, as a table on standard error. Cold.
 */
#ifndef LAUNCHER_REPORT_SUMMARY_H
#define LAUNCHER_REPORT_SUMMARY_H

/* Make the file of the records, and put its name into the environment. Dies (125). */
void summary_begin(void);
/* COMMAND has ended: print the table, and remove the file. */
void summary_end(void);

#endif
