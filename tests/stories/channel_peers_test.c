// Many writers and many readers at one channel, threads of the program and workers in any mix:
// each message comes once, and those of one writer in the order in which it sent them.
#include "support/messages.h"

enum { SIDE = 2, MOST = 2 * SIDE, EACH = 3000 }; // of each sort, writers, messages of a writer

// Who wrote it, and how many it had written before. The rest makes some longer than others.
typedef struct letter {
    int64_t writer, number;
    char rest[200];
} letter;

static size_t size_of(int64_t number)
{
    return offsetof(letter, rest) + (size_t)(number * 37 % 200);
}

static mh_status write_letters(mh_channel *to, int64_t writer, int64_t count)
{
    letter one = {.writer = writer};
    mh_status status = MH_OK;
    for (int64_t i = 0; i < count && status == MH_OK; i++) {
        one.number = i;
        memset(one.rest, (int)i, sizeof one.rest);
        status = mh_channel_send(to, (mh_bytes){&one, size_of(i)}, MH_FOREVER);
    }
    return status;
}

// What one reader has seen.
typedef struct readings {
    int64_t next[MOST]; // of each writer: no number under this comes any more
    int64_t count, sum;
} readings;

static bool is_right(readings *self, const letter *one, size_t size)
{
    if (one->writer < 0 || one->writer >= MOST || size != size_of(one->number) ||
        one->number < self->next[one->writer])
        return false;
    for (size_t i = 0; i < size - offsetof(letter, rest); i++)
        if (one->rest[i] != (char)one->number)
            return false;
    self->next[one->writer] = one->number + 1;
    self->count++;
    self->sum += one->number * MOST + one->writer;
    return true;
}

static mh_status read_copies(mh_channel *from, readings *seen)
{
    letter one;
    size_t size;
    mh_status status;
    while ((status = mh_channel_receive(from, &one, sizeof one, &size, MH_FOREVER)) == MH_OK)
        if (!is_right(seen, &one, size))
            return MH_ERRORS;
    return status;
}

static mh_status read_in_place(mh_channel *from, readings *seen)
{
    mh_message message;
    mh_status status;
    while ((status = mh_channel_take(from, &message, MH_FOREVER)) == MH_OK) {
        if (!is_right(seen, message.data, message.size))
            return MH_ERRORS;
        if ((status = mh_channel_confirm(from, &message)) != MH_OK)
            return status;
    }
    return status;
}

// ---- as threads, and as tasks -------------------------------------------------------------------

typedef struct peer {
    mh_channel *channel;
    int64_t number;
    readings seen;
    mh_status status;
    pthread_t thread;
} peer;

static void *write_in_thread(void *argument)
{
    peer *self = argument;
    self->status = write_letters(self->channel, self->number, EACH);
    return NULL;
}

static _Atomic bool all_have_written;

// To the program a channel has come to an end whenever it is empty and no task will send, while
// threads of its own may go on. So what counts is an end that comes after theirs.
static void *read_in_thread(void *argument)
{
    peer *self = argument;
    bool was_last = false;
    for (self->status = MH_END; self->status == MH_END && !was_last;) {
        was_last = atomic_load(&all_have_written);
        self->status = (self->number % 2 == 0 ? read_copies : read_in_place)(self->channel,
                                                                             &self->seen);
    }
    return NULL;
}

static mh_status write_in_task(mh_call *call, mh_bytes item)
{
    mh_status status = write_letters(mh_context_of(call).output, *(const int64_t *)item.data,
                                     EACH);
    return status == MH_OK ? mh_return(call, item.data, item.size) : fail_with(call, status);
}
static const mh_routine writing = {.name = "write", .run = write_in_task};

static mh_status read_in_task(mh_call *call, mh_bytes item)
{
    readings seen = {.count = 0};
    mh_status status = (*(const int64_t *)item.data % 2 == 0 ? read_copies : read_in_place)(
        mh_context_of(call).input, &seen);
    return status == MH_END ? mh_return(call, &seen, sizeof seen) : fail_with(call, status);
}
static const mh_routine reading = {.name = "read", .run = read_in_task};

// How many there are of each.
typedef struct mix {
    int writing_threads, writing_tasks, reading_threads, reading_tasks, capacity;
} mix;

typedef struct crowd {
    const mix *mix;
    mh_channel *channel;
    peer writers[SIDE], readers[SIDE];
    mh_task *writing[SIDE], *reading[SIDE];
} crowd;

static void start_crowd(crowd *self, mh_pool *pool)
{
    const mix *mix = self->mix;
    for (int64_t i = 0; i < mix->reading_tasks; i++)
        self->reading[i] = submit_reader(pool, &reading, i, self->channel);
    for (int64_t i = 0; i < mix->reading_threads; i++) {
        self->readers[i] = (peer){.channel = self->channel, .number = i};
        self->readers[i].thread = start_thread(read_in_thread, &self->readers[i]);
    }
    for (int64_t i = 0; i < mix->writing_tasks; i++)
        self->writing[i] = submit_writer(pool, &writing, i, self->channel);
    for (int64_t i = 0; i < mix->writing_threads; i++) {
        self->writers[i] = (peer){.channel = self->channel, .number = SIDE + i};
        self->writers[i].thread = start_thread(write_in_thread, &self->writers[i]);
    }
}

static void await_writers(crowd *self)
{
    for (int i = 0; i < self->mix->writing_tasks; i++)
        ck_assert_int_eq(number_of(self->writing[i]), i);
    for (int i = 0; i < self->mix->writing_threads; i++) {
        join_thread(self->writers[i].thread);
        ck_assert_int_eq(self->writers[i].status, MH_OK);
    }
}

static void add_readings(readings *sum, const readings *seen)
{
    sum->count += seen->count;
    sum->sum += seen->sum;
}

static readings await_readers(crowd *self)
{
    readings sum = {.count = 0};
    for (int i = 0; i < self->mix->reading_tasks; i++) {
        mh_result result = wait_for(self->reading[i]);
        assert_done(&result, result.index);
        add_readings(&sum, result.data);
        mh_task_drop(self->reading[i]);
    }
    for (int i = 0; i < self->mix->reading_threads; i++) {
        join_thread(self->readers[i].thread);
        ck_assert_int_eq(self->readers[i].status, MH_END);
        add_readings(&sum, &self->readers[i].seen);
    }
    return sum;
}

static const mix mixes[] = {
    {0, 2, 0, 2, 1}, {0, 2, 0, 2, 64}, {1, 1, 1, 1, 1},  {1, 1, 1, 1, 5},
    {2, 2, 2, 2, 1}, {2, 2, 2, 2, 64}, {2, 0, 0, 2, 3},  {0, 2, 2, 0, 3},
    {2, 0, 2, 0, 7}, {0, 1, 2, 2, 64}, {2, 2, 1, 0, 64},
};
enum { MIXES = sizeof mixes / sizeof *mixes };

// What goes from one thread of the program to another by way of a worker process, be it a message
// or its place, the thread sanitizer takes for a race, as it sees only this process.
static bool is_seen_through(int kind, const mix *mix)
{
    return kind < WITH_PROCESSES || mix->writing_threads == 0 ||
           mix->writing_threads + mix->reading_threads == 1;
}

START_TEST(Y6_each_message_comes_once_and_those_of_one_writer_in_order)
{
    int kind = WITH_WORKERS + _i / MIXES;
    crowd crowd = {.mix = &mixes[_i % MIXES]};
    if (has_thread_sanitizer && !is_seen_through(kind, crowd.mix))
        return;
    mh_pool *pool = open_quiet(kind, MOST);
    crowd.channel = open_channel(pool, crowd.mix->capacity);
    start_crowd(&crowd, pool);
    await_writers(&crowd);
    atomic_store(&all_have_written, true);
    ck_assert_int_eq(mh_channel_end(crowd.channel), MH_OK);
    readings seen = await_readers(&crowd);
    int64_t tasks = crowd.mix->writing_tasks, threads = crowd.mix->writing_threads;
    int64_t of_all = (tasks + threads) * MOST * EACH * (EACH - 1) / 2;
    int64_t of_tasks = EACH * tasks * (tasks - 1) / 2;
    int64_t of_threads = EACH * (threads * SIDE + threads * (threads - 1) / 2);
    ck_assert_int_eq(seen.count, (tasks + threads) * EACH);
    ck_assert_int_eq(seen.sum, of_all + of_tasks + of_threads);
    close_channel(crowd.channel);
    mh_pool_close(pool);
}
END_TEST

// ---- a work queue -------------------------------------------------------------------------------

enum { ORDERS = 100, ORDER = 10 }; // orders; on the stage, a place for each

static mh_status work_on_orders(mh_call *call, mh_bytes item)
{
    mh_channel *orders = mh_context_of(call).input;
    int64_t order, count = 0;
    mh_status status;
    (void)item;
    while ((status = receive_number(orders, &order, MH_FOREVER)) == MH_OK) {
        count_up(ORDER + (int)order);
        if (count++ == 0)
            meet_at_gate(GATES - 1, 1, MOST); // so each has one at least
    }
    return status == MH_END ? mh_return(call, &count, sizeof count) : fail_with(call, status);
}
static const mh_routine working = {.name = "work on orders", .run = work_on_orders};

START_TEST(Y8_standing_tasks_compete_for_the_orders_of_one_channel)
{
    mh_pool *pool = open_quiet(_i, MOST);
    mh_channel *orders = open_channel(pool, 5);
    mh_task *tasks[MOST];
    int64_t count = 0;
    for (int i = 0; i < MOST; i++)
        tasks[i] = submit_reader(pool, &working, i, orders);
    for (int64_t i = 0; i < ORDERS; i++)
        assert_sends(orders, i);
    ck_assert_int_eq(mh_channel_end(orders), MH_OK);
    for (int i = 0; i < MOST; i++) {
        int64_t own = number_of(tasks[i]);
        ck_assert_int_ge(own, 1);
        count += own;
    }
    ck_assert_int_eq(count, ORDERS);
    for (int i = 0; i < ORDERS; i++)
        ck_assert_int_eq(counted(ORDER + i), 1);
    close_channel(orders);
    mh_pool_close(pool);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("many at one channel");
    TCase *tests = add_case(suite, "kinds", 40);
    tcase_add_loop_test(tests, Y6_each_message_comes_once_and_those_of_one_writer_in_order, 0,
                        MIXES * (KINDS - WITH_WORKERS));
    tcase_add_loop_test(tests, Y8_standing_tasks_compete_for_the_orders_of_one_channel,
                        WITH_WORKERS, KINDS);
    return run_suite(suite);
}
