// Channels, fuzzed: random calls on two channels, and tasks that carry messages from one to
// the other, on each kind of pool, against a list of what must lie where (channel_model.h).
// (Y6, Y9)
//
// Only one of them acts at a time, so every answer is known: which message comes, what is full
// or empty, what has ended. Some tasks take messages and then crash; these must come back.

#include <signal.h>
#include <sys/resource.h>

#include "channel_model.h"

enum { MOST_ACTIONS = 150 };

// ---- tasks --------------------------------------------------------------------------------------

typedef struct errand {
    uint32_t most;
    bool takes;   // else it receives
    bool crashes; // with what it has taken
} errand;

static mh_status receive_or_take(const mh_context *ends, const errand *what, char *room,
                                 mh_message *message)
{
    if (what->takes || what->crashes)
        return mh_channel_take(ends->input, message, MH_NOW);
    *message = (mh_message){.data = room};
    return mh_channel_receive(ends->input, room, LIMIT, &message->size, MH_NOW);
}

// Carries as many as there are, as can be, and as it was told; returns how many.
static mh_status carry(mh_call *call, mh_bytes input)
{
    static _Thread_local char room[LIMIT];
    const errand *what = input.data;
    mh_context ends = mh_context_of(call);
    mh_message message;
    uint32_t count = 0;
    while (count < what->most && receive_or_take(&ends, what, room, &message) == MH_OK) {
        count++;
        if (what->crashes)
            continue;
        if (mh_channel_send(ends.output, (mh_bytes){message.data, message.size}, MH_NOW) !=
            MH_OK)
            return mh_fail(call, 1, "there is no place");
        if (what->takes && mh_channel_confirm(ends.input, &message) != MH_OK)
            return mh_fail(call, 2, "it cannot be confirmed");
    }
    if (what->crashes)
        raise(SIGKILL);
    return mh_return(call, &count, sizeof count);
}

static const mh_routine carrier = {.name = "carry", .run = carry};

static void crash(model *from, size_t count)
{
    letter back[MOST_MESSAGES];
    memcpy(back, from->letter, count * sizeof *back);
    from->waiting -= count;
    memmove(from->letter, from->letter + count, from->waiting * sizeof *back);
    next_turn++;
    for (size_t i = 0; i < count; i++)
        put(from, back[i].number, next_turn);
}

// At most so many from the front, but not some of those whose order is not known.
static size_t known_front(const model *at, size_t most)
{
    size_t count = most < at->waiting ? most : at->waiting;
    while (count > 0 && count < at->waiting &&
           at->letter[count].turn == at->letter[count - 1].turn)
        count--;
    return count;
}

static void run_task(choices *choice)
{
    model *from = &both[choose(choice, 1) % 2], *to = from == both ? both + 1 : both;
    errand what = {.takes = choose(choice, 1) % 2, .crashes = choose(choice, 1) % 8 == 7};
    what.crashes = what.crashes && mh_pool_kind(pool) == MH_PROCESSES;
    size_t most = choose_below(choice, MOST_CAPACITY), room = to->is_ended ? 0 : places(to);
    size_t count = known_front(from, what.crashes || most < room ? most : room);
    what.most = (uint32_t)count;
    mh_task_options options = {.channels = {.input = from->channel, .output = to->channel}};
    mh_task *task;
    mh_result result;
    expect(mh_submit(pool, &carrier, MH_BYTES_OF(what), &options, &task) == MH_OK);
    expect(mh_task_wait(task, MH_FOREVER) == MH_OK);
    expect(mh_task_result(task, &result) == MH_OK);
    expect(result.outcome == (what.crashes ? MH_CRASHED : MH_DONE));
    expect(what.crashes || mh_result_as(uint32_t, result) == count);
    mh_task_drop(task);
    from->had_readers = to->had_writers = true;
    if (what.crashes)
        crash(from, count);
    for (size_t i = 0; i < count && !what.crashes; i++) {
        put(to, from->letter[0].number, from->letter[0].turn);
        come(from, from->letter[0].number);
    }
}

// ---- the program --------------------------------------------------------------------------------

static mh_deadline some_deadline(choices *choice, bool blocks)
{
    uint64_t which = choose(choice, 1) % 4;
    return which == 0 && !blocks ? MH_FOREVER : which == 1 ? 1 : MH_NOW;
}

static void send(model *at, choices *choice)
{
    bool is_full = places(at) == 0, is_too_large = choose(choice, 1) == 77;
    bool blocks = is_full && !at->is_ended && !at->had_readers;
    mh_bytes message = bytes_of(next_number);
    message.size = is_too_large ? LIMIT + 1 : message.size;
    mh_status status = mh_channel_send(at->channel, message, some_deadline(choice, blocks));
    if (is_too_large)
        expect(status == MH_TOO_LARGE || (at->is_ended && status == MH_CLOSED));
    else if (at->is_ended)
        expect(status == MH_CLOSED);
    else if (is_full)
        expect(status == (at->had_readers ? MH_END : MH_TIMEOUT));
    else
        expect(status == MH_OK);
    if (status == MH_OK)
        put(at, next_number++, ++next_turn);
}

static void take(model *at, choices *choice)
{
    bool is_empty = at->waiting == 0;
    mh_deadline deadline = some_deadline(choice, is_empty && empty_status(at) == MH_TIMEOUT);
    mh_message *message = &at->message[at->held];
    mh_status status = mh_channel_take(at->channel, message, deadline);
    expect(status == (is_empty ? empty_status(at) : MH_OK));
    if (status != MH_OK)
        return;
    expect((uintptr_t)message->data % 16 == 0);
    at->held_number[at->held] = number_in(message->data, message->size);
    come(at, at->held_number[at->held++]);
}

// It is still as it was; and what has been confirmed cannot be confirmed again.
static void confirm(model *at, choices *choice)
{
    mh_message forged = {.place = choose(choice, 8)};
    if (at->held == 0) {
        expect(mh_channel_confirm(at->channel, &forged) == MH_INVALID);
        return;
    }
    size_t which = choose_below(choice, at->held);
    mh_message message = at->message[which];
    expect(number_in(message.data, message.size) == at->held_number[which]);
    expect(mh_channel_confirm(at->channel, &message) == MH_OK);
    expect(mh_channel_confirm(at->channel, &message) == MH_INVALID);
    at->held--;
    at->message[which] = at->message[at->held];
    at->held_number[which] = at->held_number[at->held];
}

// It has the size of one that may come first, which does not fit.
static void expect_misfit(const model *at, size_t size, size_t room, bool is_exact)
{
    bool is_there = false;
    for (size_t i = 0; i < at->waiting && at->letter[i].turn == at->letter[0].turn; i++)
        is_there |= is_exact ? size_of(at->letter[i].number) != room
                             : size_of(at->letter[i].number) == size && size > room;
    expect(is_there);
}

static void receive(model *at, choices *choice)
{
    static char buffer[LIMIT];
    bool is_empty = at->waiting == 0, is_exact = choose(choice, 1) % 4 == 0;
    size_t room = choose(choice, 1) % 3 == 0 ? choose_below(choice, LIMIT) : LIMIT;
    if (is_exact && !is_empty && choose(choice, 1) % 2 == 0)
        room = size_of(at->letter[0].number);
    size_t size = 0;
    mh_deadline deadline = some_deadline(choice, is_empty && empty_status(at) == MH_TIMEOUT);
    mh_status status = mh_channel_receive(at->channel, buffer, room, is_exact ? NULL : &size,
                                          deadline);
    if (is_empty)
        expect(status == empty_status(at));
    else if (status == MH_TOO_LARGE || (is_exact && status == MH_INVALID))
        expect_misfit(at, size, room, is_exact);
    else
        expect(status == MH_OK);
    if (status == MH_OK)
        come(at, number_in(buffer, is_exact ? room : size));
}

static void open_it(model *at, choices *choice)
{
    int capacity = (int)choose_below(choice, MOST_CAPACITY + 1);
    mh_channel *none = NULL;
    expect(mh_channel_open(&none, pool, -1 - capacity) == MH_INVALID);
    expect(mh_channel_open(&none, pool, MH_CHANNEL_LIMIT + 1 + capacity) == MH_INVALID);
    *at = (model){.capacity = capacity == 0 ? 64 : (size_t)capacity};
    expect(mh_channel_open(&at->channel, pool, capacity) == MH_OK);
}

static void act(model *at, choices *choice)
{
    switch (choose(choice, 1) % 16) {
    case 0:
        run_task(choice);
        break;
    case 1:
    case 2:
        receive(at, choice);
        break;
    case 3:
    case 4:
    case 5:
        take(at, choice);
        break;
    case 6:
    case 7:
    case 8:
        confirm(at, choice);
        break;
    case 9:
        if (choose(choice, 1) % 4 == 0) {
            expect(mh_channel_end(at->channel) == MH_OK);
            at->is_ended = true;
        }
        break;
    case 10:
        if (choose(choice, 1) % 4 == 0) {
            expect(mh_channel_close(at->channel) == MH_OK);
            open_it(at, choice);
        }
        break;
    default:
        send(at, choice);
    }
    expect(mh_channel_count(at->channel) == at->waiting);
    expect(mh_channel_capacity(at->channel) == at->capacity);
}

static mh_pool *pool_of(int which)
{
    static mh_pool *pools[3];
    static const mh_kind kinds[] = {MH_SERIAL, MH_THREADS, MH_PROCESSES};
    mh_pool_options options = {.kind = kinds[which],
                               .workers = 2,
                               .start = which == 2 ? MH_START_FORK : MH_START_AUTO,
                               .item_limit = LIMIT};
    if (pools[which] == NULL)
        expect(mh_pool_open(&pools[which], &options) == MH_OK);
    return pools[which];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    choices choice = {.bytes = bytes, .left = size};
    mh_log_limit(MH_LOG_OFF);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    pool_of(2); // forked while there is one thread
    pool = pool_of((int)choose_below(&choice, 3));
    open_it(&both[0], &choice);
    open_it(&both[1], &choice);
    for (int i = 0; i < MOST_ACTIONS && choice.left > 0; i++)
        act(&both[choose(&choice, 1) % 2], &choice);
    for (int i = 0; i < 2; i++)
        expect(mh_channel_close(both[i].channel) == MH_OK);
    return 0;
}
