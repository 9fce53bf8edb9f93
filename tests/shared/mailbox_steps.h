// Mailbox steps: one mailbox under test, and sending and taking as its tests do it.
#ifndef TESTS_MAILBOX_STEPS_H
#define TESTS_MAILBOX_STEPS_H

#include <stdalign.h>

#include "base/log.h"
#include "letters.h"

enum { OURS = 7, THEIRS = 8, SMALL = 24 };

static mhi_arena arena;
static mhi_mailbox mailbox;

static inline void open_with(uint32_t cells)
{
    mh_log_limit(MH_LOG_OFF);
    open_mailbox(&mailbox, &arena, cells);
}

// Says nothing while all is well: there are so many messages.
static inline void expect(bool holds, uint64_t number)
{
    if (!holds)
        ck_abort_msg("not so for message %llu", (unsigned long long)number);
}

static inline void send(uint64_t number, uint64_t size)
{
    expect(send_letter(&mailbox, OURS, number, size) == MH_OK, number);
}

static inline mhi_taken take_by(uint32_t owner)
{
    mhi_taken letter;
    expect(mhi_mailbox_take(&mailbox, owner, 0, UINT64_MAX, &letter) == MH_OK, UINT64_MAX);
    return letter;
}

static inline mhi_taken take(uint64_t number, uint64_t size)
{
    mhi_taken letter = take_by(THEIRS);
    expect(is_letter(&letter, number, size), number);
    return letter;
}

static inline void confirm(const mhi_taken *letter)
{
    expect(mhi_mailbox_confirm(&mailbox, THEIRS, letter->place), letter->place);
}

static inline mh_status receive_by(uint32_t owner, uint64_t least, uint64_t most,
                                   mhi_taken *letter)
{
    alignas(16) static char buffer[LARGEST_LETTER];
    mh_status status = mhi_mailbox_receive(&mailbox, owner, least, most, buffer, &letter->size);
    letter->data = letter->size > 0 ? buffer : NULL;
    return status;
}

// Takes and confirms it, or receives it: every other one.
static inline void pass(uint64_t number, uint64_t size)
{
    mhi_taken letter;
    if (number % 2 == 0) {
        letter = take(number, size);
        confirm(&letter);
    } else {
        expect(receive_by(THEIRS, 0, UINT64_MAX, &letter) == MH_OK, number);
        expect(is_letter(&letter, number, size), number);
    }
}

// What both ways of looking say, where nothing comes.
static inline mh_status look_by(uint32_t owner)
{
    mhi_taken letter;
    mh_status status = mhi_mailbox_take(&mailbox, owner, 0, UINT64_MAX, &letter);
    expect(status == MH_OK || receive_by(owner, 0, UINT64_MAX, &letter) == status, status);
    return status;
}

// How many cells a mailbox may have.
static const uint32_t counts[] = {1, 2, 3, 5, 8, 64, MOST_CELLS};
enum { COUNTS = sizeof counts / sizeof *counts };

static inline int run_tests(Suite *suite, TCase *tests)
{
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
