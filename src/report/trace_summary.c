// Trace, as text for people: how long it took, what each worker did, how long items ran, and which
// ran longest.

#include <stdio.h>
#include <string.h>

#include "trace.h"

enum { SLOWEST = 10, STEPS = 42, WIDTH = 50 };

typedef struct slow {
    mhi_trace_event event;
    uint32_t worker;
} slow;

typedef struct summary {
    mh_trace_facts facts;
    slow slowest[SLOWEST];
    uint32_t slow_count;
    uint64_t histogram[STEPS]; // of run times: see limit_of
} summary;

// ---- words --------------------------------------------------------------------------------------

enum { TIME = 32 };

// Three digits and a unit: "1.23 ms". Whole numbers are rounded down, so that no time looks longer
// than the one it is part of.
static const char *time_text(char text[TIME], uint64_t ns)
{
    static const char *const units[] = {"ns", "us", "ms", "s"};
    uint64_t whole = ns, scale = 1;
    size_t unit = 0;
    for (; whole >= 1000 && unit < 3; unit++, scale *= 1000)
        whole /= 1000;
    uint64_t thousandths = scale >= 1000 ? ns % scale / (scale / 1000) : 0;
    if (unit == 0 || whole >= 100)
        snprintf(text, TIME, "%llu %s", (unsigned long long)whole, units[unit]);
    else if (whole >= 10)
        snprintf(text, TIME, "%u.%u %s", (unsigned)whole, (unsigned)thousandths / 100,
                 units[unit]);
    else
        snprintf(text, TIME, "%u.%02u %s", (unsigned)whole, (unsigned)thousandths / 10,
                 units[unit]);
    return text;
}

static uint64_t mean(uint64_t sum, uint64_t count)
{
    return count > 0 ? sum / count : 0;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole > 0 ? 100.0 * (double)part / (double)whole : 0;
}

// ---- looking through ----------------------------------------------------------------------------

static uint64_t run_of(const mhi_trace_event *event)
{
    return event->ended_ns - event->began_ns;
}

// Where a step ends: 1, 2, 5, 10, 20, 50 ... ns. The last one has no end.
static uint64_t limit_of(uint32_t step)
{
    static const uint64_t first[] = {1, 2, 5};
    uint64_t limit = first[step % 3];
    for (uint32_t i = 0; i < step / 3; i++)
        limit *= 10;
    return limit;
}

static uint32_t step_of(uint64_t ns)
{
    uint32_t step = 0;
    while (step + 1 < STEPS && ns >= limit_of(step))
        step++;
    return step;
}

// The longest first; of equals, who was found first.
static void note_slow(summary *sum, const mhi_trace_event *event, uint32_t worker)
{
    uint32_t at = sum->slow_count;
    while (at > 0 && run_of(&sum->slowest[at - 1].event) < run_of(event))
        at--;
    if (at == SLOWEST)
        return;
    sum->slow_count += sum->slow_count < SLOWEST;
    memmove(&sum->slowest[at + 1], &sum->slowest[at],
            (sum->slow_count - at - 1) * sizeof *sum->slowest);
    sum->slowest[at] = (slow){.event = *event, .worker = worker};
}

static void look_through(const mhi_trace *trace, summary *sum)
{
    *sum = (summary){.slow_count = 0};
    mhi_trace_sum(trace, &sum->facts);
    for (uint32_t i = 0; i < trace->count; i++) {
        mhi_trace_event event;
        for (uint64_t at = 0; mhi_track_next(&trace->tracks[i], &at, &event);) {
            if (event.began_ns == 0)
                continue;
            sum->histogram[step_of(run_of(&event))]++;
            note_slow(sum, &event, trace->tracks[i].worker);
        }
    }
}

// ---- telling ------------------------------------------------------------------------------------

static void tell_count(mhi_draft *draft, const char *name, uint64_t count, bool *is_first)
{
    if (count == 0)
        return;
    mhi_draft_format(draft, "%s%s %llu", *is_first ? "  " : ", ", name,
                     (unsigned long long)count);
    *is_first = false;
}

static void tell_head(const mhi_trace *trace, const mh_trace_facts *facts, mhi_draft *draft)
{
    char wall[TIME];
    bool is_first = true;
    mhi_draft_format(draft, "%llu items in %s, %d %s%s (%s)\n",
                     (unsigned long long)facts->items, time_text(wall, facts->wall_ns),
                     facts->workers, "worker", facts->workers == 1 ? "" : "s",
                     mhi_kind_text(trace->kind));
    tell_count(draft, "done", facts->done, &is_first);
    tell_count(draft, "failed", facts->failed, &is_first);
    tell_count(draft, "crashed", facts->crashed, &is_first);
    tell_count(draft, "timed out", facts->timed_out, &is_first);
    tell_count(draft, "cancelled", facts->cancelled, &is_first);
    if (facts->never_ran > 0)
        mhi_draft_format(draft, "; %llu never ran", (unsigned long long)facts->never_ran);
    mhi_draft_text(draft, facts->items > 0 ? "\n" : "");
    if (facts->lost > 0)
        mhi_draft_format(draft, "  %llu more are not known: there was no room for them\n",
                         (unsigned long long)facts->lost);
}

static void tell_row(mhi_draft *draft, const char *who, const mhi_track_sums *sums,
                     uint64_t of_ns)
{
    char busy[TIME], wait[TIME], longest_wait[TIME], run[TIME], longest_run[TIME];
    mhi_draft_format(draft, "%6s %9llu %9s %7.1f %% %9s %9s %9s %9s\n", who,
                     (unsigned long long)sums->ran, time_text(busy, sums->busy_ns),
                     percent(sums->busy_ns, of_ns),
                     time_text(wait, mean(sums->wait_ns, sums->ran)),
                     time_text(longest_wait, sums->longest_wait_ns),
                     time_text(run, mean(sums->run_ns, sums->ran)),
                     time_text(longest_run, sums->longest_run_ns));
}

static void add_to(mhi_track_sums *all, const mhi_track_sums *one)
{
    all->ran += one->ran;
    all->busy_ns += one->busy_ns;
    all->wait_ns += one->wait_ns;
    all->run_ns += one->run_ns;
    if (one->longest_wait_ns > all->longest_wait_ns)
        all->longest_wait_ns = one->longest_wait_ns;
    if (one->longest_run_ns > all->longest_run_ns)
        all->longest_run_ns = one->longest_run_ns;
}

static void tell_workers(const mhi_trace *trace, const mh_trace_facts *facts, mhi_draft *draft)
{
    mhi_track_sums all = {.ran = 0};
    mhi_draft_format(draft, "\n%6s %9s %9s %9s %9s %9s %9s %9s\n", "worker", "items", "busy",
                     "", "mean wait", "longest", "mean run", "longest");
    for (uint32_t i = 0; i < trace->count; i++) {
        char who[16];
        mhi_track_sums sums;
        if (trace->tracks[i].worker == MHI_NOBODY)
            continue;
        mhi_track_sum(&trace->tracks[i], &sums);
        snprintf(who, sizeof who, "%u", trace->tracks[i].worker);
        tell_row(draft, who, &sums, facts->wall_ns);
        add_to(&all, &sums);
    }
    tell_row(draft, "all", &all, facts->wall_ns * (uint64_t)facts->workers);
}

static void tell_bar(mhi_draft *draft, uint64_t count, uint64_t most)
{
    static const char bar[WIDTH + 1] = "##################################################";
    uint64_t width = (uint64_t)((double)count / (double)most * WIDTH);
    if (count > 0)
        mhi_draft_text(draft, " ");
    mhi_draft_add(draft, bar, count > 0 && width == 0 ? 1 : (size_t)width);
    mhi_draft_text(draft, "\n");
}

// From the first step that has items to the last.
static void tell_histogram(const summary *sum, mhi_draft *draft)
{
    uint32_t first = STEPS, last = 0;
    uint64_t most = 0;
    for (uint32_t i = 0; i < STEPS; i++) {
        first = sum->histogram[i] > 0 && first == STEPS ? i : first;
        last = sum->histogram[i] > 0 ? i : last;
        most = sum->histogram[i] > most ? sum->histogram[i] : most;
    }
    for (uint32_t i = first; i <= last && first < STEPS; i++) {
        char from[TIME], to[TIME];
        bool is_open = i + 1 == STEPS;
        mhi_draft_format(draft, "%s%8s .. %8s %9llu", i == first ? "\nrun times\n" : "",
                         i == 0 ? "0" : time_text(from, limit_of(i - 1)),
                         is_open ? "" : time_text(to, limit_of(i)),
                         (unsigned long long)sum->histogram[i]);
        tell_bar(draft, sum->histogram[i], most);
    }
}

static void tell_slow(const mhi_trace *trace, const slow *slow, mhi_draft *draft)
{
    char run[TIME], wait[TIME], name[MHI_NAME + 1], place[64];
    const mhi_trace_event *event = &slow->event;
    if (event->map == 0)
        snprintf(place, sizeof place, "task %llu", (unsigned long long)event->index);
    else
        snprintf(place, sizeof place, "map %u, item %llu", event->map,
                 (unsigned long long)event->index);
    mhi_draft_format(draft, "%9s  %s (%s) by worker %u, %s, after a wait of %s\n",
                     time_text(run, run_of(event)), place,
                     mhi_trace_routine(trace, event->routine, name), slow->worker,
                     mh_outcome_text((mh_outcome)event->outcome),
                     time_text(wait, event->began_ns - event->queued_ns));
}

void mhi_trace_tell_summary(const mhi_trace *trace, mhi_draft *draft)
{
    summary sum;
    look_through(trace, &sum);
    if (trace->pool[0] != '\0')
        mhi_draft_format(draft, "%s: ", trace->pool);
    tell_head(trace, &sum.facts, draft);
    tell_workers(trace, &sum.facts, draft);
    tell_histogram(&sum, draft);
    for (uint32_t i = 0; i < sum.slow_count; i++) {
        mhi_draft_text(draft, i == 0 ? "\nslowest\n" : "");
        tell_slow(trace, &sum.slowest[i], draft);
    }
}
