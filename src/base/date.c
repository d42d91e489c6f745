/*
 * Computes dates of the Gregorian calendar. Cold; owns no state.
 */
#include "base/date.h"

#include <stdint.h>

#define SECONDS_PER_DAY 86400

/* The days of 400, 100, 4 years and 1 year. Years begin in March, so the leap day is the last day of
 * a cycle. */
#define DAYS_400 146097
#define DAYS_100 36524
#define DAYS_4   1461
#define DAYS_1   365
/* The days from 1 March of the year 0 to 1 January 1970. */
#define DAYS_TO_1970 719468

struct day {
	int64_t year;
	int64_t month, day; /* from 1 */
};

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct day day_of(int64_t days_since_1970)
{
	static const int lengths[] = {31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 29};
	int64_t days = days_since_1970 + DAYS_TO_1970;
	const int64_t of_400 = days / DAYS_400;
	const int64_t of_100 = least((days %= DAYS_400) / DAYS_100, 3);
	const int64_t of_4 = (days -= of_100 * DAYS_100) / DAYS_4;
	const int64_t of_1 = least((days %= DAYS_4) / DAYS_1, 3);
	int month = 0;

	days -= of_1 * DAYS_1;
	while (days >= lengths[month])
		days -= lengths[month++];
	return (struct day){
		.year = 400 * of_400 + 100 * of_100 + 4 * of_4 + of_1 + (month >= 10 ? 1 : 0),
		.month = month >= 10 ? month - 9 : month + 3,
		.day = days + 1,
	};
}

static void put_number(struct text *text, int64_t value, unsigned int digits, char after)
{
	text_put_padded(text, (uint64_t)value, digits);
	text_put_char(text, after);
}

void date_put(struct text *text, struct timespec time)
{
	const struct day day = day_of(time.tv_sec / SECONDS_PER_DAY);
	const int64_t second = time.tv_sec % SECONDS_PER_DAY;

	put_number(text, day.year, 4, '-');
	put_number(text, day.month, 2, '-');
	put_number(text, day.day, 2, 'T');
	put_number(text, second / 3600, 2, ':');
	put_number(text, second / 60 % 60, 2, ':');
	put_number(text, second % 60, 2, '.');
	put_number(text, time.tv_nsec / 1000, 6, 'Z');
}
