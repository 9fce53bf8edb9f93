// Trace: walking over the books, and adding up.

#include "trace.h"

#include <string.h>

static bool is_sound(const mhi_trace_event *event)
{
    bool in_order = event->began_ns == 0 ? event->queued_ns <= event->ended_ns
                                         : event->queued_ns <= event->began_ns &&
                                               event->began_ns <= event->ended_ns;
    return in_order && event->ended_ns != 0 && event->outcome <= MH_CANCELLED;
}

static bool is_replaced(const mhi_trace_book *book, uint64_t at)
{
    return at + 1 < book->count && (book->events[at + 1].outcome & MHI_TRACE_REPLACES) != 0;
}

static bool read_event(const mhi_trace_book *book, uint64_t at, mhi_trace_event *event)
{
    *event = book->events[at];
    event->outcome &= (uint8_t)~MHI_TRACE_REPLACES;
    return !is_replaced(book, at) && is_sound(event);
}

bool mhi_track_next(const mhi_track *track, uint64_t *at, mhi_trace_event *event)
{
    while (*at < track->book.count)
        if (read_event(&track->book, (*at)++, event))
            return true;
    return false;
}

const char *mhi_trace_routine(const mhi_trace *trace, uint16_t routine, char name[MHI_NAME + 1])
{
    if (routine >= MHI_ROUTINES)
        return "routine";
    memcpy(name, trace->routines->routine[routine].name, MHI_NAME);
    name[MHI_NAME] = '\0';
    return name;
}

const char *mhi_kind_text(mh_kind kind)
{
    static const char *const texts[] = {
        [MH_THREADS] = "threads", [MH_PROCESSES] = "processes", [MH_SERIAL] = "serial"};
    return texts[kind];
}

// ---- numbers ------------------------------------------------------------------------------------

static uint64_t longer(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

// Items of one worker end in the order of its book. From the last one back, each adds what it ran
// before the earliest beginning so far.
static uint64_t busy_of(const mhi_track *track)
{
    uint64_t busy = 0, earliest = UINT64_MAX;
    for (uint64_t i = track->book.count; i > 0; i--) {
        mhi_trace_event event;
        if (!read_event(&track->book, i - 1, &event) || event.began_ns == 0)
            continue;
        uint64_t end = event.ended_ns < earliest ? event.ended_ns : earliest;
        busy += end > event.began_ns ? end - event.began_ns : 0;
        earliest = event.began_ns < earliest ? event.began_ns : earliest;
    }
    return busy;
}

void mhi_track_sum(const mhi_track *track, mhi_track_sums *sums)
{
    mhi_trace_event event;
    *sums = (mhi_track_sums){.busy_ns = busy_of(track)};
    for (uint64_t at = 0; mhi_track_next(track, &at, &event);) {
        if (event.began_ns == 0)
            continue;
        uint64_t wait = event.began_ns - event.queued_ns, run = event.ended_ns - event.began_ns;
        sums->ran++;
        sums->wait_ns += wait;
        sums->run_ns += run;
        sums->longest_wait_ns = longer(sums->longest_wait_ns, wait);
        sums->longest_run_ns = longer(sums->longest_run_ns, run);
    }
}

static void count(mh_trace_facts *facts, const mhi_trace_event *event)
{
    uint64_t *const counts[] = {[MH_DONE] = &facts->done,
                                [MH_FAILED] = &facts->failed,
                                [MH_CRASHED] = &facts->crashed,
                                [MH_TIMED_OUT] = &facts->timed_out,
                                [MH_CANCELLED] = &facts->cancelled};
    ++*counts[event->outcome];
    facts->items++;
    facts->never_ran += event->began_ns == 0;
}

void mhi_trace_sum(const mhi_trace *trace, mh_trace_facts *facts)
{
    uint64_t first = UINT64_MAX, last = 0;
    *facts = (mh_trace_facts){.items = 0};
    for (uint32_t i = 0; i < trace->count; i++) {
        const mhi_track *track = &trace->tracks[i];
        mhi_track_sums sums;
        mhi_trace_event event;
        for (uint64_t at = 0; mhi_track_next(track, &at, &event);) {
            count(facts, &event);
            first = event.queued_ns < first ? event.queued_ns : first;
            last = longer(last, event.ended_ns);
        }
        mhi_track_sum(track, &sums);
        facts->busy_ns += sums.busy_ns;
        facts->wait_ns += sums.wait_ns;
        facts->run_ns += sums.run_ns;
        facts->lost += track->book.lost;
        facts->workers += track->worker != MHI_NOBODY;
    }
    facts->wall_ns = facts->items > 0 ? last - first : 0;
}
