// Trace, as a page: the timeline of page/, with the data of one run inside it.
//
// The page itself is put together when the library is built (cmake/embed.cmake). What differs is
// one JSON value in the middle, with all times in ns from the opening of the pool on.

#include "trace.h"
#include "trace_page.h"

static uint64_t since(const mhi_trace *trace, uint64_t ns)
{
    return ns > trace->opened_ns ? ns - trace->opened_ns : 0;
}

static void tell_routines(const mhi_trace *trace, mhi_draft *draft)
{
    uint32_t count = trace->routines->routines;
    mhi_draft_text(draft, ",\"routines\":[");
    for (uint32_t i = 0; i < count && i < MHI_ROUTINES; i++) {
        char name[MHI_NAME + 1];
        mhi_draft_text(draft, i > 0 ? "," : "");
        mhi_draft_string(draft, mhi_trace_routine(trace, (uint16_t)i, name));
    }
    mhi_draft_text(draft, "]");
}

// Numbers in a row, seven for each item: queued, begun (-1: never), ended, routine, outcome, map,
// index.
static void tell_item(const mhi_trace *trace, mhi_draft *draft, const mhi_trace_event *event)
{
    mhi_draft_format(draft, "%llu,", (unsigned long long)since(trace, event->queued_ns));
    if (event->began_ns == 0)
        mhi_draft_text(draft, "-1");
    else
        mhi_draft_format(draft, "%llu", (unsigned long long)since(trace, event->began_ns));
    mhi_draft_format(draft, ",%llu,%u,%u,%u,%llu",
                     (unsigned long long)since(trace, event->ended_ns), event->routine,
                     event->outcome, event->map, (unsigned long long)event->index);
}

// Of one book those that ran, or those that did not. `*is_first` of the list they go into.
static void tell_items(const mhi_trace *trace, mhi_draft *draft, const mhi_track *track,
                       bool ran, bool *is_first)
{
    mhi_trace_event event;
    for (uint64_t at = 0; mhi_track_next(track, &at, &event);) {
        if ((event.began_ns != 0) != ran)
            continue;
        mhi_draft_text(draft, *is_first ? "" : ",\n");
        tell_item(trace, draft, &event);
        *is_first = false;
    }
}

static void tell_workers(const mhi_trace *trace, mhi_draft *draft)
{
    const char *between = "";
    for (uint32_t i = 0; i < trace->count; i++) {
        const mhi_track *track = &trace->tracks[i];
        bool is_first = true;
        if (track->worker == MHI_NOBODY)
            continue;
        mhi_draft_format(draft, "%s\n{\"worker\":%u,\"items\":[", between, track->worker);
        tell_items(trace, draft, track, true, &is_first);
        mhi_draft_text(draft, "]}");
        between = ",";
    }
}

static void tell_tracks(const mhi_trace *trace, const mh_trace_facts *facts, mhi_draft *draft)
{
    mhi_draft_text(draft, ",\"tracks\":[");
    tell_workers(trace, draft);
    if (facts->never_ran > 0) {
        bool is_first = true;
        mhi_draft_format(draft, "%s\n{\"worker\":-1,\"items\":[",
                         facts->workers > 0 ? "," : "");
        for (uint32_t i = 0; i < trace->count; i++)
            tell_items(trace, draft, &trace->tracks[i], false, &is_first);
        mhi_draft_text(draft, "]}");
    }
    mhi_draft_text(draft, "]");
}

void mhi_trace_tell_page(const mhi_trace *trace, mhi_draft *draft)
{
    mh_trace_facts facts;
    mhi_trace_sum(trace, &facts);
    mhi_draft_add(draft, mhi_page_head, mhi_page_head_size);
    mhi_draft_text(draft, "{\"pool\":");
    mhi_draft_string(draft, trace->pool);
    mhi_draft_format(draft, ",\"kind\":\"%s\",\"lost\":%llu", mhi_kind_text(trace->kind),
                     (unsigned long long)facts.lost);
    tell_routines(trace, draft);
    tell_tracks(trace, &facts, draft);
    mhi_draft_text(draft, "}");
    mhi_draft_add(draft, mhi_page_tail, mhi_page_tail_size);
}
