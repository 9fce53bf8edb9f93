// Sessions, fuzzed: random calls on a session, on each kind of pool; every answer must agree
// with the list of what was done before (session_model.h). (Y1-Y5, C1-C3)

#include "session_model.h"

enum { MOST_ACTIONS = 120 };

// ---- running tasks ------------------------------------------------------------------------------

static mh_run_options draw_options(void)
{
    static const mh_scope scopes[] = {MH_SCOPE_NONE, MH_SCOPE_NONE, MH_SCOPE_SESSION,
                                      MH_SCOPE_TASK, MH_SCOPE_GLOBAL};
    return (mh_run_options){.priority = (int)draw_below(3),
                            .scopes = {.cancel = scopes[draw_below(5)]}};
}

// A session without an event has none for its tasks either, and this pool has no global one.
static bool has_scope(mh_scope cancel)
{
    return cancel == MH_SCOPE_NONE || (cancel != MH_SCOPE_GLOBAL && now.has_event);
}

static void note_run(const char *name, const errand *what, mh_scope cancel)
{
    bool is_stopped = cancel == MH_SCOPE_SESSION && now.is_event_set;
    now.member[now.count] = (member){.manner = what->manner,
                                     .value = what->value,
                                     .cancel = cancel,
                                     .has_name = name != NULL,
                                     .exists = true,
                                     .was_disturbed = is_stopped,
                                     .may_linger = what->manner == LINGER && !is_stopped};
    snprintf(now.member[now.count].name, NAME_SIZE, "%s", name == NULL ? "" : name);
    now.count++;
}

static void check_refusal(mh_status status, bool is_taken, mh_scope cancel)
{
    expect(status == MH_OK || (status == MH_BUSY && is_taken) ||
           (status == MH_NOT_FOUND && !has_scope(cancel)));
    expect((status == MH_OK) == (!is_taken && has_scope(cancel)));
    if (now.refused == MH_OK)
        now.refused = status;
    expect(mh_session_refused(now.session) == now.refused);
}

static void run_one(void)
{
    const char *name = draw_name();
    errand what = {.manner = draw_manner(), .value = choose(&now.choice, 2)};
    mh_run_options options = draw_options();
    uint64_t number = UINT64_MAX;
    if (now.count == MOST_MEMBERS)
        return;
    mh_status status = mh_session_run(now.session, name, &routine, MH_BYTES_OF(what), &options,
                                      &number);
    check_refusal(status, name != NULL && member_named(name) != NULL, options.scopes.cancel);
    expect(number == (status == MH_OK ? now.count : UINT64_MAX));
    if (status == MH_OK)
        note_run(name, &what, options.scopes.cancel);
}

static void run_some(void)
{
    errand what[8];
    char names[8][NAME_SIZE] = {""};
    const char *prefix = draw_below(3) == 0 ? NULL : draw_below(2) == 0 ? "a" : "b";
    size_t count = 1 + draw_below(8);
    mh_run_options options = draw_options();
    uint64_t first = UINT64_MAX;
    bool is_taken = false;
    if (now.count + count > MOST_MEMBERS)
        return;
    for (size_t i = 0; i < count; i++) {
        what[i] = (errand){.manner = draw_manner(), .value = choose(&now.choice, 2)};
        if (prefix != NULL)
            snprintf(names[i], NAME_SIZE, "%s%zu", prefix, i);
        is_taken |= prefix != NULL && member_named(names[i]) != NULL;
    }
    mh_status status = mh_session_map(now.session, prefix, &routine, what, count, sizeof *what,
                                      &options, &first);
    check_refusal(status, is_taken, options.scopes.cancel);
    expect(first == (status == MH_OK ? now.count : UINT64_MAX));
    for (size_t i = 0; i < count && status == MH_OK; i++)
        note_run(prefix != NULL ? names[i] : NULL, &what[i], options.scopes.cancel);
}

// ---- results ------------------------------------------------------------------------------------

static member *lowest_not_handed_out(void)
{
    for (uint64_t i = 0; i < now.count; i++)
        if (now.member[i].exists && !now.member[i].is_handed_out)
            return &now.member[i];
    return NULL;
}

static void hand_out_next(void)
{
    mh_result result;
    bool in_order = draw_below(2) == 0;
    mh_deadline deadline = draw_deadline();
    const member *lowest = lowest_not_handed_out();
    uint64_t left = count_where(true, false) - count_where(true, true); // for certain
    mh_status status = in_order ? mh_session_next_in_order(now.session, &result, deadline)
                                : mh_session_next(now.session, &result, deadline);
    expect((status == MH_END) == (lowest == NULL));
    expect(status == MH_OK || status == MH_END ||
           (status == MH_TIMEOUT && deadline != MH_FOREVER));
    expect(status != MH_TIMEOUT || (in_order ? !lowest->has_ended : left == 0));
    if (status != MH_OK)
        return;
    note_result(result.index, &result);
    member *one = &now.member[result.index];
    expect(!one->is_handed_out && (!in_order || one == lowest));
    one->is_handed_out = true;
}

static void look_up_result(void)
{
    mh_result result;
    uint64_t number = draw_below(MOST_MEMBERS + 2);
    const char *name = draw_name();
    bool by_name = name != NULL && draw_below(2) == 0;
    const member *one = by_name ? member_named(name) : member_of(number);
    mh_deadline deadline = draw_deadline();
    mh_status status = by_name ? mh_session_result_of(now.session, name, &result, deadline)
                               : mh_session_result(now.session, number, &result, deadline);
    expect((status == MH_NOT_FOUND) == (one == NULL));
    if (one == NULL)
        return;
    expect(status == MH_OK ||
           (status == MH_TIMEOUT && deadline != MH_FOREVER && !one->has_ended));
    if (status == MH_OK)
        note_result((uint64_t)(one - now.member), &result);
}

// ---- waiting and asking -------------------------------------------------------------------------

static bool some_went_wrong(void)
{
    mh_result result;
    for (uint64_t i = 0; i < now.count; i++)
        if (now.member[i].exists &&
            mh_session_result(now.session, i, &result, MH_NOW) == MH_OK &&
            result.outcome != MH_DONE)
            return true;
    return false;
}

static void wait_for_some(void)
{
    mh_until until = (mh_until)draw_below(3);
    mh_deadline deadline = draw_deadline();
    uint64_t all = count_where(false, false), ended = count_where(true, false);
    bool holds_already = all == ended || (until == MH_FIRST_ENDED && ended > 0);
    mh_status status = mh_session_wait(now.session, until, deadline);
    expect(status == MH_OK ||
           (status == MH_TIMEOUT && deadline != MH_FOREVER && !holds_already));
    if (status == MH_OK && until == MH_FIRST_FAILED)
        expect(mh_session_all_ended(now.session) || some_went_wrong());
    if (status == MH_OK && until == MH_FIRST_ENDED)
        expect(all == 0 || mh_session_any_ended(now.session));
    if (status == MH_OK && until == MH_ALL_ENDED)
        note_all_ended();
}

static size_t list(bool ended, bool *is_listed)
{
    uint64_t numbers[MOST_MEMBERS];
    size_t room = draw_below(4) == 0 ? draw_below(5) : MOST_MEMBERS;
    memset(numbers, 0xff, sizeof numbers);
    size_t count = mh_session_list(now.session, ended, numbers, room);
    for (size_t i = 0; i < MOST_MEMBERS; i++) {
        expect((numbers[i] != UINT64_MAX) == (i < count && i < room));
        if (i >= count || i >= room)
            continue;
        expect(i == 0 || numbers[i] > numbers[i - 1]);
        expect(numbers[i] < now.count && now.member[numbers[i]].exists);
        expect(ended || !now.member[numbers[i]].has_ended);
        is_listed[numbers[i]] = true;
    }
    return count <= room ? 0 : 1;
}

// Those that run may end meanwhile, but none comes back.
static void ask_all(void)
{
    bool is_listed[MOST_MEMBERS] = {false};
    size_t ended = mh_session_count_ended(now.session), all = count_where(false, false);
    size_t known = count_where(true, false);
    expect(mh_session_count(now.session) == all && ended <= all && ended >= known);
    expect(ended == 0 || mh_session_any_ended(now.session));
    expect(ended < all || mh_session_all_ended(now.session));
    size_t were_cut = list(false, is_listed) + list(true, is_listed);
    for (uint64_t i = 0; i < now.count && were_cut == 0; i++)
        expect(is_listed[i] == now.member[i].exists);
}

static void ask_one(void)
{
    uint64_t number = draw_below(MOST_MEMBERS + 2), found = UINT64_MAX;
    bool exists = number < now.count && now.member[number].exists;
    const char *name = mh_session_name(now.session, number);
    mh_task *task = mh_session_task(now.session, number);
    expect((name != NULL) == exists && (task != NULL) == exists);
    expect(!exists || strcmp(name, now.member[number].name) == 0);
    expect(!exists || !now.member[number].has_ended || mh_task_state_of(task) == MH_TASK_ENDED);
    if ((name = draw_name()) == NULL)
        return;
    const member *one = member_named(name);
    mh_status status = mh_session_find(now.session, name, &found);
    expect(status == (one != NULL ? MH_OK : MH_NOT_FOUND));
    expect(found == (one != NULL ? (uint64_t)(one - now.member) : UINT64_MAX));
    expect(mh_session_is_free(now.session, name) == (one == NULL));
}

// ---- changing one's mind ------------------------------------------------------------------------

static bool is_done_with(const member *one)
{
    return !one->exists || one->has_ended;
}

// What the session's event says now; who sees it has been asked to stop.
static void note_event(void)
{
    now.is_event_set = mh_event_is_set(mh_session_context(now.session).cancel);
    for (uint64_t i = 0; i < now.count && now.is_event_set; i++)
        if (!is_done_with(&now.member[i]) && now.member[i].cancel == MH_SCOPE_SESSION) {
            now.member[i].was_disturbed = true;
            now.member[i].may_linger = false;
        }
}

static void cancel_all(void)
{
    bool set_events = draw_below(2) == 0;
    expect(mh_session_cancel(now.session, set_events) == MH_OK);
    note_event();
    for (uint64_t i = 0; i < now.count; i++) {
        member *one = &now.member[i];
        if (is_done_with(one))
            continue;
        one->was_disturbed = true;
        if (set_events && one->cancel == MH_SCOPE_TASK)
            one->may_linger = false;
        expect(!set_events || one->cancel != MH_SCOPE_SESSION || now.is_event_set);
    }
}

static void cancel_one(void)
{
    uint64_t number = draw_below(MOST_MEMBERS + 2);
    bool set_event = draw_below(2) == 0;
    mh_status status = mh_session_cancel_task(now.session, number, set_event);
    member *one = member_of(number);
    if (one == NULL) {
        expect(status == MH_NOT_FOUND);
        return;
    }
    bool has_event = set_event && one->cancel != MH_SCOPE_NONE;
    expect(status == MH_END || (!one->has_ended && status == (has_event ? MH_OK : status)));
    expect(status == MH_OK || status == MH_END || status == MH_BUSY);
    one->was_disturbed |= status == MH_OK;
    one->has_ended |= status == MH_END || (status == MH_OK && !has_event);
    one->may_linger &= status == MH_BUSY;
    note_event();
}

static void terminate(void)
{
    for (uint64_t i = 0; i < now.count; i++)
        now.member[i].was_disturbed |= !is_done_with(&now.member[i]);
    expect(mh_session_terminate(now.session, draw_below(2) == 0 ? MH_FOREVER : mh_in_ms(1)) ==
           MH_OK);
    note_all_ended();
    note_event();
}

static void clear(void)
{
    expect(mh_session_clear(now.session) == MH_OK);
    for (uint64_t i = 0; i < now.count; i++)
        if (now.member[i].is_handed_out)
            now.member[i].exists = false;
    now.refused = MH_OK;
}

// ---- the program --------------------------------------------------------------------------------

static void act(void)
{
    static void (*const acts[])(void) = {run_one,       run_one, run_one,    run_some,
                                         hand_out_next, ask_all, ask_one,    look_up_result,
                                         hand_out_next, ask_one, cancel_one, wait_for_some,
                                         hand_out_next, clear,   cancel_all, terminate};
    acts[draw_below(16)]();
}

static mh_pool *pool_of(int which)
{
    static mh_pool *pools[3];
    static const mh_kind kinds[] = {MH_SERIAL, MH_THREADS, MH_PROCESSES};
    mh_pool_options options = {.kind = kinds[which],
                               .workers = 2,
                               .start = which == 2 ? MH_START_FORK : MH_START_AUTO};
    if (pools[which] == NULL)
        expect(mh_pool_open(&pools[which], &options) == MH_OK);
    return pools[which];
}

static void open_session(void)
{
    static const int capacities[] = {0, 1, 7, MH_NO_CHANNEL};
    mh_session_options options = {.input = capacities[draw_below(4)],
                                  .output = capacities[draw_below(4)],
                                  .no_cancel = draw_below(4) == 1};
    now.count = 0;
    now.refused = MH_OK;
    now.has_event = !options.no_cancel;
    now.is_event_set = false;
    expect(mh_session_open(&now.session, now.pool, &options) == MH_OK);
    mh_context context = mh_session_context(now.session);
    expect((context.cancel != NULL) == now.has_event);
    expect((context.input != NULL) == (options.input >= 0));
    expect((context.output != NULL) == (options.output >= 0));
    expect(options.input <= 0 || mh_channel_capacity(context.input) == (size_t)options.input);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    now.choice = (choices){.bytes = bytes, .left = size};
    mh_log_limit(MH_LOG_OFF);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    pool_of(2); // forked while there is one thread
    now.pool = pool_of((int)draw_below(3));
    open_session();
    for (int i = 0; i < MOST_ACTIONS && now.choice.left > 0; i++)
        act();
    expect(mh_session_close(now.session, draw_below(2) == 0 ? MH_FOREVER : MH_NOW) == MH_OK);
    return 0;
}
