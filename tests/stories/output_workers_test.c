// Output and the life of workers: what setups and teardowns print, workers that are replaced, that come
// and go, that print faster than anybody reads; pools inside tasks; and tasks that do strange things to
// their stdout.
#include <fcntl.h>
#include <signal.h>

#include "support/asleep.h"
#include "support/printed.h"
#include "support/refused.h"

static void print_raw(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
}

// ---- setup and teardown -------------------------------------------------------------------------

static mh_status greet(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    *state = NULL;
    printf("hello from %d\n", mh_worker(call));
    fprintf(stderr, "ready");
    return MH_OK;
}

static mh_status speak(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    printf("item %lld", (long long)number);
    if (number < 0) {
        fflush(stdout);
        raise(SIGKILL);
    }
    return mh_return(call, &number, sizeof number);
}

static void take_leave(mh_call *call, void *state)
{
    (void)state;
    printf("goodbye from %d", mh_worker(call));
    mh_return(call, "", 0);
}
static const mh_routine speaking = {
    .name = "speak", .setup = greet, .run = speak, .teardown = take_leave};

START_TEST(C8_what_setups_and_teardowns_print_is_the_workers)
{
    enum { WORKERS = 3 };
    char text[80];
    mh_pool_options options = captured_options(_i, WORKERS);
    options.routine = &speaking;
    mh_pool *pool = open_with(&options);
    mh_task *task = submit(pool, NULL, 5);
    uint64_t id = mh_task_id(task);
    ck_assert_int_eq(number_of(task), 5);
    assert_task_printed(id, "item 5", "");
    mh_result last;
    while (mh_pool_next(pool, &last, MH_FOREVER) == MH_OK) {
        snprintf(text, sizeof text, "hello from %d\ngoodbye from %d", last.worker, last.worker);
        assert_worker_printed(last.worker, text, "ready"); // before its last result
    }
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, WORKERS + 1);
}
END_TEST

START_TEST(C8_a_replacement_prints_on)
{
    enum { ROUNDS = 4 };
    char text[256] = "";
    mh_log_limit(MH_LOG_OFF);
    mh_pool_options options = captured_options(_i, 1);
    options.routine = &speaking;
    mh_pool *pool = open_with(&options);
    for (int64_t i = 1; i <= ROUNDS; i++) {
        mh_task *good = submit(pool, NULL, i), *bad = submit(pool, NULL, -i);
        uint64_t good_id = mh_task_id(good), bad_id = mh_task_id(bad);
        ck_assert_int_eq(number_of(good), i);
        assert_outcome(bad, MH_CRASHED);
        snprintf(text, sizeof text, "item %d", (int)i);
        assert_task_printed(good_id, text, "");
        snprintf(text, sizeof text, "item -%d", (int)i);
        assert_task_printed(bad_id, text, "");
    }
    mh_pool_close(pool);
    strcpy(text, "");
    for (int i = 0; i <= ROUNDS; i++)
        strcat(text, "hello from 0\n");
    // The last one may have been asked to leave before it was born, or set up.
    printed *worker = find_printed(MH_OUTPUT_OF_WORKER, 0, 0, 0);
    ck_assert_ptr_nonnull(worker);
    ck_assert_uint_ge(worker->size[0], ROUNDS * strlen("hello from 0\n"));
    ck_assert_int_eq(strncmp(worker->text[0], text, ROUNDS * strlen("hello from 0\n")), 0);
    ck_assert_uint_eq(prints.count, 2 * ROUNDS + 1);
    ck_assert(!prints.is_wrong);
}
END_TEST

static mh_status fail_to_set_up(mh_call *call, mh_bytes argument, void **state)
{
    (void)argument;
    (void)state;
    print_raw(1, "trying");
    return mh_fail(call, 1, "no");
}
static const mh_routine never_ready = {
    .name = "never ready", .setup = fail_to_set_up, .run = speak, .teardown = take_leave};

START_TEST(C8_setups_that_fail_have_printed)
{
    mh_log_limit(MH_LOG_OFF);
    mh_pool_options options = captured_options(_i, 1);
    options.routine = &never_ready;
    mh_pool *pool = open_with(&options);
    submit_in_vain(pool, 5);
    mh_pool_close(pool);
    assert_worker_printed(0, "tryingtryingtrying", ""); // three times, and then it is given up
    ck_assert_int_eq(prints.all[0].ended, 3);
}
END_TEST

// ---- coming and going ---------------------------------------------------------------------------

START_TEST(C8_workers_that_come_later_are_captured)
{
    char text[64];
    mh_pool_options options = captured_options(_i, 4);
    options.on_demand = true;
    options.idle_ms = 1;
    options.routine = &speaking;
    mh_pool *pool = open_with(&options);
    for (int64_t i = 0; i < 40; i++) {
        mh_task *task = submit(pool, NULL, i);
        uint64_t id = mh_task_id(task);
        ck_assert_int_eq(number_of(task), i);
        snprintf(text, sizeof text, "item %d", (int)i);
        assert_task_printed(id, text, "");
        if (i == 20)
            ck_assert_int_eq(mh_pool_resize(pool, 6), MH_OK);
    }
    mh_pool_close(pool);
    ck_assert(!prints.is_wrong);
}
END_TEST

// ---- nobody is held up while it prints ----------------------------------------------------------

static pthread_mutex_t ears = PTHREAD_MUTEX_INITIALIZER; // held: nobody listens
static _Atomic int begun_to_listen;

static void keep_piece_late(void *context, const mh_output_piece *piece)
{
    atomic_fetch_add(&begun_to_listen, 1);
    pthread_mutex_lock(&ears);
    pthread_mutex_unlock(&ears);
    keep_piece(context, piece);
}

enum { LARGE = 1 << 20, RUNS_PLACE = 1 };

static mh_status print_large(mh_call *call, mh_bytes item)
{
    static char bytes[LARGE];
    memset(bytes, 'x', LARGE);
    print_raw(2, "+");
    if (write(1, bytes, LARGE) != LARGE)
        abort();
    on_stage()->pid[0] = getpid();
    count_up(RUNS_PLACE);
    return mh_return(call, item.data, item.size);
}
static const mh_routine large_printing = {.name = "print large", .run = print_large};

START_TEST(C8_a_worker_waits_between_tasks_for_somebody_to_listen)
{
    enum { TASKS = 20, UNREAD = 7 };
    set_stage();
    mh_pool_options options = captured_options(_i, 1);
    options.on_output = keep_piece_late;
    options.prefetch = TASKS;
    pthread_mutex_lock(&ears);
    mh_pool *pool = open_with(&options);
    for (int64_t i = 0; i < TASKS; i++)
        submit_and_forget(pool, &large_printing, i, NULL);
    while (counted(RUNS_PLACE) == 0 || atomic_load(&begun_to_listen) == 0 ||
           !is_asleep(on_stage()->pid[0]))
        sched_yield();
    ck_assert_int_le(counted(RUNS_PLACE), UNREAD);
    pthread_mutex_unlock(&ears);
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, TASKS);
    ck_assert_uint_eq(prints.bytes, (uint64_t)TASKS * (LARGE + 1));
}
END_TEST

// ---- what is left behind prints late ------------------------------------------------------------

enum { LATE = 2, LATE_PLACE = 2 }; // a gate; a place

static mh_status leave_printer(mh_call *call, mh_bytes item)
{
    print_raw(1, "early");
    if (fork() == 0) {
        pass_gate(LATE);
        print_raw(1, "late");
        count_up(LATE_PLACE);
        _exit(0);
    }
    pass_gate(GO_ON);
    print_raw(1, " and again");
    on_stage()->pid[0] = getpid();
    count_up(RUNS_PLACE);
    return mh_return(call, item.data, item.size);
}
static const mh_routine leaving = {.name = "leave a printer behind", .run = leave_printer};

// The listener is held up, so that the end of the task and what comes after it are heard together.
START_TEST(C8_what_was_heard_between_two_tasks_holds_up_neither)
{
    set_stage();
    mh_pool_options options = captured_options(_i, 1);
    options.on_output = keep_piece_late;
    pthread_mutex_lock(&ears);
    mh_pool *pool = open_with(&options);
    mh_task *task = submit(pool, &leaving, 1);
    while (atomic_load(&begun_to_listen) == 0)
        sched_yield();
    open_gate(GO_ON, 1);
    await_count(RUNS_PLACE, 1);
    while (!is_asleep(on_stage()->pid[0]))
        sched_yield();
    open_gate(LATE, 1);
    await_count(LATE_PLACE, 1);
    pthread_mutex_unlock(&ears);
    await_printed("late");
    uint64_t id = mh_task_id(task);
    ck_assert_int_eq(number_of(task), 1); // by now it is known how much was heard
    ck_assert_int_eq(number_of(submit(pool, &echo, 2)), 2);
    assert_task_printed(id, "early and again", "");
    mh_pool_close(pool);
    assert_worker_printed(0, "late", "");
}
END_TEST

// ---- strange things -----------------------------------------------------------------------------

static mh_status be_strange(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    printf("before\n");
    fflush(stdout);
    int kept = dup(1);
    switch (number % 4) {
    case 0: // somewhere else, and back
        if (freopen("/dev/null", "w", stdout) == NULL)
            abort();
        printf("nowhere\n");
        fflush(stdout);
        dup2(kept, 1);
        break;
    case 1: // closed, and back
        close(1);
        dup2(kept, 1);
        break;
    case 2: // opened once more
        if (system("echo again >> /dev/stdout; echo never 2>/dev/null > /dev/stdout") == 0)
            abort(); // that would cut off what was not read
        break;
    case 3: // no append
        fcntl(1, F_SETFL, 0);
        lseek(1, 0, SEEK_SET);
        fcntl(1, F_SETFL, O_APPEND);
    }
    close(kept);
    print_raw(1, "after\n");
    return mh_return(call, &number, sizeof number);
}
static const mh_routine strange = {.name = "be strange", .run = be_strange};

START_TEST(C8_tasks_may_do_strange_things_to_their_stdout)
{
    mh_pool *pool = open_captured(_i, 1);
    for (int64_t i = 0; i < 12; i++) {
        mh_task *task = submit(pool, &strange, i);
        uint64_t id = mh_task_id(task);
        number_of(task);
        assert_task_printed(id, i % 4 == 2 ? "before\nagain\nafter\n" : "before\nafter\n", "");
    }
    mh_pool_close(pool);
}
END_TEST

START_TEST(C8_a_program_without_stdout_can_capture)
{
    mh_log_limit(MH_LOG_OFF);
    int kept[3];
    for (int i = 0; i < 3; i++) {
        kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
        close(i);
    }
    mh_pool *pool = open_captured(_i, 2);
    mh_task *task = submit(pool, &strange, 0);
    uint64_t id = mh_task_id(task);
    number_of(task);
    mh_pool_close(pool);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(dup2(kept[i], i), i);
    assert_task_printed(id, "before\nafter\n", "");
}
END_TEST

// ---- pools inside tasks -------------------------------------------------------------------------

static int64_t say_number(int64_t number)
{
    printf("inner %lld", (long long)number);
    return number;
}
MH_ROUTINE(saying, say_number, int64_t, int64_t);

// What the inner pool passes on is printed by its opener, which is a worker.
static mh_status open_inner(mh_call *call, mh_bytes item)
{
    int64_t number;
    memcpy(&number, item.data, sizeof number);
    printf("outer %lld\n", (long long)number);
    fflush(stdout);
    mh_pool *pool;
    mh_pool_options options = {.kind = MH_PROCESSES, .workers = 1, .output = MH_OUTPUT_PREFIX};
    mh_status status = mh_pool_open(&pool, &options);
    if (status != MH_OK)
        return status;
    mh_task *task = NULL;
    status = mh_submit(pool, &saying, item, NULL, &task);
    if (status == MH_OK)
        status = mh_task_wait(task, MH_FOREVER);
    printf("outer again\n");
    mh_task_drop(task);
    mh_pool_close(pool);
    return status == MH_OK ? mh_return(call, &number, sizeof number) : status;
}
static const mh_routine nesting = {.name = "open inner", .run = open_inner};

START_TEST(C8_pools_inside_tasks_are_captured_by_both)
{
    mh_pool *pool = open_captured(_i, 2);
    mh_map *map = open_map(pool, &nesting, mh_source_range(0, 4, 1), (mh_map_options){0});
    for (uint64_t i = 0; i < 4; i++) {
        char text[128];
        mh_result result = take(map);
        assert_done(&result, i);
        snprintf(text, sizeof text, "outer %d\n[worker 0, task 0] inner %d\nouter again\n",
                 (int)i, (int)i);
        assert_item_printed(1, i, text, "");
    }
    mh_map_close(map);
    mh_pool_close(pool);
}
END_TEST

// A second pool is opened, by fork, while the first one is heard: neither gets in the other's way.
START_TEST(C8_pools_are_opened_while_others_are_captured)
{
    enum { ROUNDS = 20 };
    mh_pool *pool = open_captured(_i, 2);
    for (int64_t i = 0; i < ROUNDS; i++) {
        for (int64_t j = 0; j < 10; j++)
            submit_and_forget(pool, &saying, j, NULL);
        mh_pool_options options = options_of(_i, 1);
        options.output = MH_OUTPUT_TASKS;
        mh_pool *other = open_with(&options);
        ck_assert_int_eq(number_of(submit(other, &echo, i)), i);
        mh_pool_close(other);
    }
    ck_assert_int_eq(mh_pool_wait(pool, false, MH_FOREVER), MH_OK);
    mh_pool_close(pool);
    ck_assert_uint_eq(prints.count, 10 * ROUNDS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output and workers");
    TCase *tests = add_case(suite, "workers", 30);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, C8_what_setups_and_teardowns_print_is_the_workers, first, KINDS);
    tcase_add_loop_test(tests, C8_a_replacement_prints_on, first, KINDS);
    tcase_add_loop_test(tests, C8_setups_that_fail_have_printed, first, KINDS);
    tcase_add_loop_test(tests, C8_workers_that_come_later_are_captured, first, KINDS);
    tcase_add_loop_test(tests, C8_a_worker_waits_between_tasks_for_somebody_to_listen, first,
                        KINDS);
    tcase_add_loop_test(tests, C8_what_was_heard_between_two_tasks_holds_up_neither, first,
                        KINDS);
    tcase_add_loop_test(tests, C8_tasks_may_do_strange_things_to_their_stdout, first, KINDS);
    tcase_add_loop_test(tests, C8_a_program_without_stdout_can_capture, first, KINDS);
    tcase_add_loop_test(tests, C8_pools_inside_tasks_are_captured_by_both, first, KINDS);
    tcase_add_loop_test(tests, C8_pools_are_opened_while_others_are_captured, first, KINDS);
    return run_suite(suite);
}
