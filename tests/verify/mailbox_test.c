// Mailbox, between threads: whatever the order of steps, each message is taken once and whole,
// those of one writer in their order, nobody sleeps on, and what a dead one left comes to
// others. (Y6, Y9)
//
// Threads stand for processes: each is an owner of its own. They yield at random at the named
// steps of the mailbox, by seed; the bytes of messages are plain memory, which the thread
// sanitizer watches. One that dies leaves the call in the middle of it, and does nothing more
// until it has been settled.

#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdalign.h>
#include <stdlib.h>

#include "shared/letters.h"

enum { WRITERS = 2, READERS = 2, USERS = WRITERS + READERS, EACH = 6000, HEIR = 99 };
enum { WORDS = 30 }; // of the largest message; some lie in their cell, some do not

typedef struct user {
    pthread_t thread;
    uint32_t owner;
    uint32_t writer; // its number
    uint64_t next;   // message to be sent
    uint64_t seed;
    alignas(16) uint64_t bytes[WORDS];
    mhi_taken letter;
    uint64_t last[WRITERS]; // seen of each
    bool receives;          // else takes and confirms
    bool may_die;
    mhi_mailbox_step died_at;
    jmp_buf grave;
    _Atomic bool is_dead;
} user;

static mhi_arena arena;
static mhi_mailbox mailbox;
static user users[USERS];
static _Thread_local user *self;
static bool some_die;
static _Atomic uint64_t violations;
static _Atomic uint8_t times_done[WRITERS * EACH];
static _Atomic int writers_left, users_left;

static uint64_t draw(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void expect(bool holds)
{
    if (!holds)
        atomic_fetch_add(&violations, 1);
}

// ---- waiting, wavering, dying -------------------------------------------------------------------

static void waver_or_die(mhi_mailbox_step step)
{
    if (self == NULL)
        return;
    if (draw(&self->seed) % 4 == 0)
        sched_yield();
    if (!self->may_die || draw(&self->seed) % 40 != 0)
        return;
    self->died_at = step;
    longjmp(self->grave, 1);
}

static mh_status send_it(void)
{
    uint64_t number = self->writer * EACH + self->next, size = 8 + number * 7 % 230;
    write_letter(number, size, self->bytes);
    return send_bytes(&mailbox, self->owner, (mh_bytes){self->bytes, size});
}

static mh_status take_it(void)
{
    return mhi_mailbox_take(&mailbox, self->owner, 0, UINT64_MAX, &self->letter);
}

static mh_status receive_it(void)
{
    self->letter.data = self->bytes;
    return mhi_mailbox_receive(&mailbox, self->owner, 0, sizeof self->bytes, self->bytes,
                               &self->letter.size);
}

static mh_status confirm_it(void)
{
    expect(mhi_mailbox_confirm(&mailbox, self->owner, self->letter.place));
    return MH_OK;
}

static mh_status wait_for(mh_status act(void), mhi_event *event)
{
    for (;;) {
        uint32_t seen = mhi_event_prepare(event);
        mh_status status = act();
        if (status != MH_TIMEOUT) {
            mhi_event_leave(event);
            return status;
        }
        mhi_event_sleep(event, seen, UINT64_MAX);
    }
}

// Whether it died meanwhile. Then it has been settled, and another has taken its seat.
static bool dies(mh_status act(void), mhi_event *event, mh_status *status)
{
    if (setjmp(self->grave) == 0) {
        self->may_die = some_die;
        *status = wait_for(act, event);
        self->may_die = false;
        return false;
    }
    self->may_die = false;
    atomic_store(&self->is_dead, true);
    while (atomic_load(&self->is_dead))
        sched_yield();
    self->owner += USERS;
    return true;
}

static void settle_the_dead(void)
{
    for (int i = 0; i < USERS; i++)
        if (atomic_load(&users[i].is_dead)) {
            mhi_mailbox_settle(&mailbox, users[i].owner, HEIR);
            atomic_store(&users[i].is_dead, false);
        }
}

// ---- writers and readers ------------------------------------------------------------------------

static void *write_all(void *user)
{
    self = user;
    while (self->next < EACH) {
        mh_status status = MH_OK;
        bool has_died = dies(send_it, &mailbox.head->emptied, &status);
        expect(status == MH_OK);
        if (!has_died || self->died_at >= MHI_MAILBOX_SENT)
            self->next++;
    }
    if (atomic_fetch_sub(&writers_left, 1) == 1)
        mhi_mailbox_end(&mailbox);
    atomic_fetch_sub(&users_left, 1);
    return NULL;
}

static uint64_t look_at_it(void)
{
    uint64_t number;
    memcpy(&number, self->letter.data, sizeof number);
    uint64_t writer = number / EACH, in_order = number % EACH + 1;
    if (writer >= WRITERS || !is_letter(&self->letter, number, 8 + number * 7 % 230)) {
        expect(false);
        return 0;
    }
    expect(some_die || in_order > self->last[writer]);
    self->last[writer] = in_order;
    return number;
}

// Whoever dies after the message was taken, or before it was confirmed, has not done it.
static void *read_all(void *user)
{
    self = user;
    for (mh_status status = MH_OK; status == MH_OK;) {
        bool receives = self->receives && !some_die;
        if (dies(receives ? receive_it : take_it, &mailbox.head->filled, &status) ||
            status != MH_OK)
            continue;
        uint64_t number = look_at_it();
        if (!receives)
            dies(confirm_it, &mailbox.head->filled, &status);
        expect(atomic_fetch_add(&times_done[number], 1) == 0);
    }
    atomic_fetch_sub(&users_left, 1);
    return NULL;
}

static void start(user *one, int number, uint64_t seed)
{
    one->owner = one->writer = (uint32_t)number;
    one->receives = number % 2 == 1;
    one->seed = seed * 100 + (uint64_t)number;
    ck_assert_int_eq(
        pthread_create(&one->thread, NULL, number < WRITERS ? write_all : read_all, one), 0);
}

static void pass_all(uint32_t cells, uint64_t seed)
{
    open_mailbox(&mailbox, &arena, cells);
    mhi_mailbox_trap = waver_or_die;
    atomic_store(&writers_left, WRITERS);
    atomic_store(&users_left, USERS);
    for (int i = 0; i < USERS; i++)
        start(&users[i], i, seed);
    while (atomic_load(&users_left) > 0) {
        settle_the_dead();
        sched_yield();
    }
    for (int i = 0; i < USERS; i++)
        pthread_join(users[i].thread, NULL);
    ck_assert_uint_eq(atomic_load(&violations), 0);
    for (int i = 0; i < WRITERS * EACH; i++)
        if (atomic_load(&times_done[i]) != 1)
            ck_abort_msg("message %d came %d times", i, atomic_load(&times_done[i]));
    ck_assert_uint_eq(mhi_mailbox_count(&mailbox), 0);
    ck_assert(some_die || !mhi_event_is_awaited(&mailbox.head->filled));
    ck_assert(some_die || !mhi_event_is_awaited(&mailbox.head->emptied));
    close_mailbox(&mailbox);
}

static const uint32_t counts[] = {1, 2, 3, 8, 64};
enum { COUNTS = sizeof counts / sizeof *counts };

START_TEST(each_message_comes_once_and_in_order)
{
    pass_all(counts[_i], (uint64_t)_i);
}
END_TEST

START_TEST(each_message_is_done_once_though_users_die)
{
    some_die = true;
    pass_all(counts[_i], (uint64_t)_i);
}
END_TEST

int main(void)
{
    TCase *threads = tcase_create("threads");
    tcase_set_timeout(threads, 60);
    tcase_add_loop_test(threads, each_message_comes_once_and_in_order, 0, COUNTS);
    tcase_add_loop_test(threads, each_message_is_done_once_though_users_die, 0, COUNTS);
    Suite *suite = suite_create("mailbox, verified");
    suite_add_tcase(suite, threads);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
