// Messages: channels and events in stories: opened, given to tasks, and used by a test and by
// its routines.
//
// Inside a routine nothing may be asserted, for it may run in another process: it fails with
// the status it met, and so says to the test what went wrong.
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include <pthread.h>

#include "heard.h"
#include "submitted.h"

static inline mh_pool *open_quiet(int kind, int workers)
{
    listen_to_log(MH_LOG_OFF);
    set_stage();
    return open_kind(kind, workers);
}

static inline mh_channel *open_channel(mh_pool *pool, int capacity)
{
    mh_channel *channel = NULL;
    mh_status status = mh_channel_open(&channel, pool, capacity);
    ck_assert_msg(status == MH_OK, "opening a channel: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(channel);
    return channel;
}

static inline void close_channel(mh_channel *channel)
{
    mh_status status = mh_channel_close(channel);
    ck_assert_msg(status == MH_OK, "closing a channel: %s", mh_status_text(status));
}

static inline mh_event *open_event(mh_pool *pool)
{
    mh_event *event = NULL;
    mh_status status = mh_event_open(&event, pool);
    ck_assert_msg(status == MH_OK, "opening an event: %s", mh_status_text(status));
    ck_assert_ptr_nonnull(event);
    return event;
}

static inline void close_event(mh_event *event)
{
    mh_status status = mh_event_close(event);
    ck_assert_msg(status == MH_OK, "closing an event: %s", mh_status_text(status));
}

static inline void close_context(mh_context context)
{
    close_channel(context.input);
    close_channel(context.output);
    close_event(context.cancel);
}

// ---- tasks with a context -----------------------------------------------------------------------

static inline mh_task *submit_within(mh_pool *pool, const mh_routine *routine, int64_t number,
                                     mh_context context)
{
    return submit_with(pool, routine, number, &(mh_task_options){.channels = context});
}

static inline mh_task *submit_reader(mh_pool *pool, const mh_routine *routine, int64_t number,
                                     mh_channel *input)
{
    return submit_within(pool, routine, number, (mh_context){.input = input});
}

static inline mh_task *submit_writer(mh_pool *pool, const mh_routine *routine, int64_t number,
                                     mh_channel *output)
{
    return submit_within(pool, routine, number, (mh_context){.output = output});
}

// ---- numbers as messages ------------------------------------------------------------------------

static inline mh_status send_number(mh_channel *to, int64_t number, mh_deadline deadline)
{
    return mh_channel_send(to, MH_BYTES_OF(number), deadline);
}

static inline mh_status receive_number(mh_channel *from, int64_t *number, mh_deadline deadline)
{
    return mh_channel_receive(from, number, sizeof *number, NULL, deadline);
}

static inline void assert_sends(mh_channel *to, int64_t number)
{
    mh_status status = send_number(to, number, MH_FOREVER);
    ck_assert_msg(status == MH_OK, "sending: %s", mh_status_text(status));
}

// The next number, which must come.
static inline int64_t received(mh_channel *from)
{
    int64_t number = INT64_MIN;
    mh_status status = receive_number(from, &number, MH_FOREVER);
    ck_assert_msg(status == MH_OK, "receiving: %s", mh_status_text(status));
    return number;
}

// The channel answers every way of receiving like this, and hands nothing out.
static inline void assert_none_comes(mh_channel *from, mh_status wanted)
{
    int64_t number = 77;
    size_t size = 77;
    mh_message message = {.size = 77};
    for (int again = 0; again < 2; again++) { // what was said once stays true
        ck_assert_int_eq(receive_number(from, &number, MH_NOW), wanted);
        ck_assert_int_eq(mh_channel_receive(from, &number, 8, &size, mh_in_ms(1)), wanted);
        ck_assert_int_eq(mh_channel_take(from, &message, MH_NOW), wanted);
        ck_assert_int_eq(mh_channel_take(from, &message, mh_in_ms(1)), wanted);
    }
    ck_assert_int_eq(number, 77);
    ck_assert_uint_eq(size, 77);
    ck_assert_uint_eq(message.size, 77);
}

static inline void assert_takes_none(mh_channel *to, mh_status wanted)
{
    for (int again = 0; again < 2; again++) {
        ck_assert_int_eq(send_number(to, 77, MH_NOW), wanted);
        ck_assert_int_eq(send_number(to, 77, mh_in_ms(1)), wanted);
    }
}

// ---- routines -----------------------------------------------------------------------------------

static inline mh_status fail_with(mh_call *call, mh_status status)
{
    return mh_fail(call, status, "%s", mh_status_text(status));
}

// Sends the numbers 0, 1, 2 ... up to its own.
static inline mh_status send_numbers(mh_call *call, mh_bytes item)
{
    mh_channel *output = mh_context_of(call).output;
    for (int64_t i = 0; i < *(const int64_t *)item.data; i++) {
        mh_status status = send_number(output, i, MH_FOREVER);
        if (status != MH_OK)
            return fail_with(call, status);
    }
    return mh_return(call, item.data, item.size);
}
static const mh_routine sending = {.name = "send numbers", .run = send_numbers};

// Sends on what it receives until there is no more, and tells how many those were.
static inline mh_status pass_on(mh_call *call, mh_bytes item)
{
    mh_context context = mh_context_of(call);
    int64_t number, count = 0;
    mh_status status;
    (void)item;
    while ((status = receive_number(context.input, &number, MH_FOREVER)) == MH_OK) {
        if ((status = send_number(context.output, number, MH_FOREVER)) != MH_OK)
            break;
        count++;
    }
    return status == MH_END ? mh_return(call, &count, sizeof count) : fail_with(call, status);
}
static const mh_routine passing_on = {.name = "pass on", .run = pass_on};

// ---- threads of the test ------------------------------------------------------------------------

static inline pthread_t start_thread(void *(*run)(void *), void *argument)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, run, argument), 0);
    return thread;
}

static inline void join_thread(pthread_t thread)
{
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

// Sends 0, 1, 2 ... from a thread of its own, and ends the channel if it should.
typedef struct feeder {
    mh_channel *to;
    int64_t count;
    bool ends_it;
    pthread_t thread;
} feeder;

static inline void *feed(void *argument)
{
    const feeder *self = argument;
    for (int64_t i = 0; i < self->count; i++)
        assert_sends(self->to, i);
    if (self->ends_it)
        ck_assert_int_eq(mh_channel_end(self->to), MH_OK);
    return NULL;
}

static inline void start_feeding(feeder *self)
{
    self->thread = start_thread(feed, self);
}

#endif
