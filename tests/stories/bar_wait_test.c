// Waiting for bars of worker processes that end while their supervisor is held up: others see the end
// before it does, and still whoever waits is woken, and the thread that draws ends.
#include <pthread.h>

#include "support/asleep.h"
#include "support/bars.h"
#include "support/traces.h"

enum { SINK = 2, SINK_BLOCKS = 3 }; // gates

static void block(void *context, mh_log_level level, const char *line)
{
    (void)context;
    (void)level;
    (void)line;
    open_gate(SINK_BLOCKS, 1);
    pass_gate(SINK);
}

static mh_status close_unheard(mh_call *call, mh_bytes item)
{
    mh_progress *bar = NULL;
    mh_progress_open(&bar, "unheard", 1);
    pass_gate(GO_ON);
    mh_log(MH_LOG_WARNING, "while this is heard, nothing else is");
    pass_gate(GO_ON);
    mh_progress_add(bar, 1);
    mh_progress_close(bar);
    pass_gate(GO_ON);
    return mh_return(call, item.data, item.size);
}
static const mh_routine unheard = {.name = "close unheard", .run = close_unheard};

// The bar is open, its worker waits to close it, and the supervisor is in the sink.
static mh_pool *open_deaf(int kind, mh_task **task)
{
    set_stage();
    show_bars();
    mh_pool *pool = open_kind(kind, 1);
    mh_log_to(block, NULL);
    *task = submit(pool, &unheard, 1);
    while (!was_shown("unheard", "0 of 1"))
        sched_yield();
    open_gate(GO_ON, 1);
    pass_gate(SINK_BLOCKS);
    return pool;
}

static void close_all(mh_pool *pool, mh_task *task)
{
    open_gate(GO_ON, 1);
    ck_assert_int_eq(number_of(task), 1);
    mh_pool_close(pool);
    mh_log_to(NULL, NULL);
}

static void *wait_for_bars(void *nothing)
{
    (void)nothing;
    say_that_it_waits();
    ck_assert_int_eq(mh_progress_wait(MH_FOREVER), MH_OK);
    return NULL;
}

static pthread_t begin_to_wait(void)
{
    pthread_t waiter;
    ck_assert_int_eq(pthread_create(&waiter, NULL, wait_for_bars, NULL), 0);
    await_sleeper();
    return waiter;
}

START_TEST(C9_an_end_that_the_drawer_sees_first_ends_the_wait)
{
    mh_task *task;
    mh_pool *pool = open_deaf(_i, &task);
    pthread_t waiter = begin_to_wait();
    open_gate(GO_ON, 1);
    pthread_join(waiter, NULL);
    assert_last_word("unheard", "1 of 1 (100%)", AS_IT_SHOULD);
    open_gate(SINK, 1);
    close_all(pool, task);
}
END_TEST

START_TEST(C9_an_end_that_another_waiter_sees_first_ends_the_wait)
{
    mh_task *task;
    mh_pool *pool = open_deaf(_i, &task);
    pthread_t waiter = begin_to_wait();
    open_gate(GO_ON, 1);
    while (mh_progress_wait(MH_NOW) != MH_OK)
        sched_yield();
    pthread_join(waiter, NULL);
    open_gate(SINK, 1);
    close_all(pool, task);
}
END_TEST

START_TEST(C4_the_thread_that_draws_ends_though_it_saw_the_last_end_itself)
{
    mh_task *task;
    mh_pool *pool = open_deaf(_i, &task);
    int threads = entries_of("/proc/self/task");
    open_gate(GO_ON, 1);
    while (!was_shown("unheard", AS_IT_SHOULD))
        sched_yield();
    open_gate(SINK, 1);
    while (entries_of("/proc/self/task") >= threads)
        sched_yield();
    close_all(pool, task);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting for bars");
    TCase *tests = add_case(suite, "a deaf supervisor", 30);
    int first = WITH_PROCESSES;
    tcase_add_loop_test(tests, C9_an_end_that_the_drawer_sees_first_ends_the_wait, first,
                        KINDS);
    tcase_add_loop_test(tests, C9_an_end_that_another_waiter_sees_first_ends_the_wait, first,
                        KINDS);
    tcase_add_loop_test(tests, C4_the_thread_that_draws_ends_though_it_saw_the_last_end_itself,
                        first, KINDS);
    return run_suite(suite);
}
