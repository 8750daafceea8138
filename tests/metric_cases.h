/* Every metric with its families of options, over plain events: what the tests of saved states, of damaged ones and of no
 * memory run over. A line here is all that a new metric needs. */
#ifndef METRIC_CASES_H
#define METRIC_CASES_H

static const struct {
  const char *metric, *settings;
} metrics[] = {
    {"summary", ""},
    {"funnel", "steps=home;list;pay"},
    {"funnel_customers", "steps=home;list;pay"},
    {"entries", "top=2"},
    {"next", "chain=home|list, ties=name, top=1"},
    {"next_customers", "chain=home|list, direction=backward, collapse=true"},
    {"funnel", "steps=home;list;pay, mode=strict_once, hold=channel, values=true, breakdown=channel"},
    {"funnel", "steps=home;list;pay, count=passes, exclude=help, trend=day, sessions=2"},
    {"funnel_times", "steps=home;list;pay, grace=1h, first_ever=1"},
    {"conversion", "goal=pay"},
    {"loops", "goal=pay"},
    {"loops", "goal=pay, steps=home;list;pay"},
    {"transitions", ""},
    {"paths", ""},
    {"paths", "transform=without:list;frequency"},
    {"steps", ""},
    {"steps", "times=false, around=list, group=shelf:=list|item"},
    {"step_matrix", "start=home, end=pay, group=shelf:=list|item"},
    {"retention", "period=day"},
    {"sessions", "goal=pay, entry=true"},
    {"lifecycle", "period=day"},
    {"stickiness", ""},
    {"active", ""},
    {"active", "windows=calendar, average=all"},
    {"impact", "treatment=list, period=1d, periods=2"},
    {"overlap", "steps=home;list;pay"},
    {"overlap", "steps=home;list;pay, show=combinations"},
    {"retention_steps", "steps=home;list;pay, ordered=true"},
    {"retention", "period=day, kind=brackets, relative=previous, cohort=every, values=mean, average=simple"},
    {"similar", "goal=pay, features=pairs, most_paths=3"},
    {"touchpoints", "scores=*"},
    {"csat", "answers=*, per=event"},
    {"match", "pattern=home\tthen\twithin\t1d\t(list\tor\tpay)\t1\tto\t2\ttimes\tnot\tfollowed\tby\tcart, window=2d"},
    {"match_customers", "pattern=home\tthen\tafter\t1h\t*\tat\tleast\t1\ttimes\tthen\tlist"},
    {"nps", "answers=*, per=touchpoint"},
    {"ces", "answers=*"},
    {"drivers", "goal=pay, least=1, values_of=channel"},
    {"friction", "goal=pay, steps=home;list;item, errors=help, least=1, waits=1, wait-least=0s"},
};
enum { METRICS = sizeof metrics / sizeof *metrics };

#endif
