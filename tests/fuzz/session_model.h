// Session model: a session that random calls are made on, and beside it a list of its tasks:
// which names are taken, what was handed out, what must have ended, and how.
//
// What a task that was cancelled came to is left open, for it may have begun before; so is
// whether one has ended that nobody has waited for. All else is known.
#ifndef SESSION_MODEL_H
#define SESSION_MODEL_H

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <manyhands.h>

#include "choices.h"
#include "driver.h" // a main function, too

enum { MOST_MEMBERS = 60, NAMES = 12, NAME_SIZE = 16 };

typedef enum manner { ECHO, FAIL, CRASH, LINGER } manner; // how its routine behaves

typedef struct member {
    manner manner;
    uint64_t value;
    bool has_name; // which may be empty
    char name[NAME_SIZE];
    mh_scope cancel;    // whose event it sees
    bool exists;        // it was not cleared
    bool is_handed_out; // by one of the calls named next
    bool has_ended;     // for certain
    bool was_disturbed; // cancelled, or asked to stop, when it may not have ended
    bool may_linger;    // for ever, for nobody has asked it to stop
} member;

static struct {
    mh_pool *pool;
    mh_session *session;
    member member[MOST_MEMBERS];
    uint64_t count; // all that were ever run
    bool has_event, is_event_set;
    mh_status refused;
    choices choice;
} now;

static uint64_t draw_below(uint64_t below)
{
    return choose_below(&now.choice, below);
}

// ---- the tasks ----------------------------------------------------------------------------------

typedef struct errand {
    manner manner;
    uint64_t value;
} errand;

static mh_status run(mh_call *call, mh_bytes input)
{
    const errand *what = input.data;
    if (what->manner == FAIL)
        return mh_fail(call, (int)(what->value % 100), "it fails");
    if (what->manner == CRASH)
        raise(SIGKILL);
    if (what->manner == LINGER)
        mh_wait_cancelled(call, MH_FOREVER);
    return mh_return(call, &what->value, sizeof what->value);
}

static const mh_routine routine = {.name = "run", .run = run};

// What this kind of pool can bear.
static manner draw_manner(void)
{
    manner drawn = (manner)(draw_below(16) % 8);
    mh_kind kind = mh_pool_kind(now.pool);
    bool is_possible = drawn == FAIL || (drawn == CRASH && kind == MH_PROCESSES) ||
                       (drawn == LINGER && kind != MH_SERIAL);
    return is_possible ? drawn : ECHO;
}

// ---- what is known ------------------------------------------------------------------------------

static bool is_known_to_linger(void)
{
    for (uint64_t i = 0; i < now.count; i++)
        if (now.member[i].exists && now.member[i].may_linger)
            return true;
    return false;
}

// For ever only where nothing stands in the way.
static mh_deadline draw_deadline(void)
{
    uint64_t which = draw_below(4);
    return which == 0 ? MH_NOW : which == 1 || is_known_to_linger() ? mh_in_ms(1) : MH_FOREVER;
}

static uint64_t count_where(bool ended, bool handed_out)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < now.count; i++)
        count += now.member[i].exists && (!ended || now.member[i].has_ended) &&
                 (!handed_out || now.member[i].is_handed_out);
    return count;
}

static void note_all_ended(void)
{
    for (uint64_t i = 0; i < now.count; i++) {
        now.member[i].has_ended = true;
        now.member[i].may_linger = false;
    }
}

// NULL: there is none, or not any more.
static member *member_of(uint64_t number)
{
    return number < now.count && now.member[number].exists ? &now.member[number] : NULL;
}

static member *member_named(const char *name)
{
    for (uint64_t i = 0; i < now.count; i++)
        if (now.member[i].exists && now.member[i].has_name &&
            strcmp(now.member[i].name, name) == 0)
            return &now.member[i];
    return NULL;
}

static const char *draw_name(void)
{
    static const char *const names[NAMES] = {NULL, NULL, "",   "a",  "a0",   "a1",
                                             "a2", "b",  "b0", "b7", "long", "a00"};
    return names[draw_below(NAMES)];
}

static bool agrees(const member *one, const mh_result *result)
{
    if (result->outcome == MH_CANCELLED)
        return one->was_disturbed;
    if (one->manner == FAIL)
        return result->outcome == MH_FAILED && result->code == (int)(one->value % 100);
    if (one->manner == CRASH)
        return result->outcome == MH_CRASHED && result->signal == SIGKILL;
    return result->outcome == MH_DONE && mh_result_as(uint64_t, *result) == one->value;
}

static void note_result(uint64_t number, const mh_result *result)
{
    expect(number < now.count && result->index == number);
    member *one = &now.member[number];
    expect(one->exists && agrees(one, result));
    expect(!one->may_linger || result->outcome == MH_CANCELLED);
    one->has_ended = true;
    one->may_linger = false;
}

#endif
