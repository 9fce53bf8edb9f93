// Trace, as JSON: the trace event format that began with Chrome's tracing.
//
// Of it only what every reader knows is used: complete events (X), instants (i), and the names of
// process and threads (M). A thread is a worker. Times are in microseconds, with three digits behind
// the point, from the opening of the pool on.

#include "trace.h"

// Readers give the number 0 a meaning of its own.
static uint32_t thread_of(uint32_t worker)
{
    return worker == MHI_NOBODY ? MH_WORKERS_LIMIT + 1 : worker + 1;
}

static void tell_us(mhi_draft *draft, const char *name, uint64_t ns)
{
    mhi_draft_format(draft, ",\"%s\":%llu.%03u", name, (unsigned long long)(ns / 1000),
                     (unsigned)(ns % 1000));
}

static uint64_t since(const mhi_trace *trace, uint64_t ns)
{
    return ns > trace->opened_ns ? ns - trace->opened_ns : 0;
}

static void tell_process(const mhi_trace *trace, mhi_draft *draft)
{
    mhi_draft_format(
        draft,
        "{\"ph\":\"M\",\"pid\":%d,\"name\":\"process_name\",\"args\":{\"name\":", trace->pid);
    mhi_draft_string(draft, trace->pool[0] != '\0' ? trace->pool : "manyhands");
    mhi_draft_text(draft, "}}");
}

static void tell_thread(const mhi_trace *trace, mhi_draft *draft, uint32_t worker)
{
    mhi_draft_format(
        draft, ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_name\",\"args\":{",
        trace->pid, thread_of(worker));
    if (worker == MHI_NOBODY)
        mhi_draft_text(draft, "\"name\":\"never ran\"}}");
    else
        mhi_draft_format(draft, "\"name\":\"worker %u\"}}", worker);
    mhi_draft_format(draft,
                     ",\n{\"ph\":\"M\",\"pid\":%d,\"tid\":%u,\"name\":\"thread_sort_index\","
                     "\"args\":{\"sort_index\":%u}}",
                     trace->pid, thread_of(worker), thread_of(worker));
}

static void tell_place(mhi_draft *draft, const mhi_trace_event *event)
{
    if (event->map == 0)
        mhi_draft_format(draft, "\"task\":%llu", (unsigned long long)event->index);
    else
        mhi_draft_format(draft, "\"map\":%u,\"item\":%llu", event->map,
                         (unsigned long long)event->index);
}

// What never ran is an instant: its end.
static void tell_times(const mhi_trace *trace, mhi_draft *draft, const mhi_trace_event *event)
{
    bool has_run = event->began_ns != 0;
    mhi_draft_text(draft, has_run ? "\"ph\":\"X\"" : "\"ph\":\"i\",\"s\":\"t\"");
    tell_us(draft, "ts", since(trace, has_run ? event->began_ns : event->ended_ns));
    if (has_run)
        tell_us(draft, "dur", event->ended_ns - event->began_ns);
}

static void tell_event(const mhi_trace *trace, mhi_draft *draft, const mhi_track *track,
                       const mhi_trace_event *event)
{
    char name[MHI_NAME + 1];
    uint32_t worker = event->began_ns != 0 ? track->worker : MHI_NOBODY;
    mhi_draft_text(draft, ",\n{");
    tell_times(trace, draft, event);
    mhi_draft_format(draft, ",\"pid\":%d,\"tid\":%u,\"name\":", trace->pid, thread_of(worker));
    mhi_draft_string(draft, mhi_trace_routine(trace, event->routine, name));
    mhi_draft_format(draft, ",\"cat\":\"%s\",\"args\":{", event->map == 0 ? "task" : "map");
    tell_place(draft, event);
    tell_us(draft, "queued", since(trace, event->queued_ns));
    uint64_t until = event->began_ns != 0 ? event->began_ns : event->ended_ns;
    tell_us(draft, "waited", until - event->queued_ns);
    mhi_draft_format(draft, ",\"outcome\":\"%s\",\"attempt\":%u}}",
                     mh_outcome_text((mh_outcome)event->outcome), event->attempt);
}

void mhi_trace_tell_json(const mhi_trace *trace, mhi_draft *draft)
{
    mh_trace_facts facts;
    mhi_trace_sum(trace, &facts);
    mhi_draft_format(
        draft,
        "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"kind\":\"%s\",\"lost\":%llu},"
        "\"traceEvents\":[\n",
        mhi_kind_text(trace->kind), (unsigned long long)facts.lost);
    tell_process(trace, draft);
    for (uint32_t i = 0; i < trace->count; i++)
        if (trace->tracks[i].worker != MHI_NOBODY)
            tell_thread(trace, draft, trace->tracks[i].worker);
    if (facts.never_ran > 0)
        tell_thread(trace, draft, MHI_NOBODY);
    for (uint32_t i = 0; i < trace->count; i++) {
        mhi_trace_event event;
        for (uint64_t at = 0; mhi_track_next(&trace->tracks[i], &at, &event);)
            tell_event(trace, draft, &trace->tracks[i], &event);
    }
    mhi_draft_text(draft, "\n]}\n");
}
