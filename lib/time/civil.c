/* Dates of the proleptic Gregorian calendar to and from days since 1970. */
#include "time/internal.h"

/* Years are counted from 1 March, so that the leap day is the last day of a year; then all is division. The scheme is
 * Howard Hinnant's, "chrono-Compatible Low-Level Date Algorithms", 2013. */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

int64_t jn_time_days(int64_t year, int32_t month, int32_t day) {
  year -= month <= 2;
  int64_t era = jn_time_floor(year, 400);
  int32_t year_of_era = (int32_t)(year - era * 400);
  int32_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  int32_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * JN_DAYS_OF_CYCLE + day_of_era - DAYS_TO_1970;
}

jn_time_date jn_time_date_of(int64_t days) {
  days += DAYS_TO_1970;
  int64_t era = jn_time_floor(days, JN_DAYS_OF_CYCLE);
  uint32_t day_of_era = (uint32_t)(days - era * JN_DAYS_OF_CYCLE);
  uint32_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  uint32_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  uint32_t from_march = (5 * day_of_year + 2) / 153;
  int32_t month = (int32_t)(from_march < 10 ? from_march + 3 : from_march - 9);
  return (jn_time_date){
      .year = era * 400 + year_of_era + (month <= 2),
      .month = month,
      .day = (int32_t)(day_of_year - (153 * from_march + 2) / 5 + 1),
  };
}

int32_t jn_time_month_days(int64_t year, int32_t month) {
  static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return days[month - 1] + (month == 2 && leap);
}
