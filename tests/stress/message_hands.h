// Message hands: writers and readers of channels, and what each call may answer them.
//
// The same functions run as tasks in worker processes, as tasks on threads, and on threads of
// the program itself. They note in the ledger what they did, as soon as they have done it.
#ifndef MESSAGE_HANDS_H
#define MESSAGE_HANDS_H

#include <sched.h>

#include "message_ledger.h"

// What one of them is told; as a task, its input.
typedef struct job {
    uint64_t seed;
    uint32_t channel;
    uint32_t page;   // of a writer
    uint32_t reader; // of a reader: its number
    bool is_task;    // else it can be neither stopped nor killed
    bool may_end;    // in the program: the last task at the other end may have ended
} job;

static inline mh_deadline some_deadline(uint64_t *seed)
{
    const mh_deadline deadlines[] = {MH_NOW, mh_in_ms((int64_t)chance(seed, 3)), MH_FOREVER,
                                     MH_FOREVER};
    return deadlines[chance(seed, 4)];
}

// Whether the call is to be tried again.
static inline bool is_in_vain(const job *self, mh_status status, mh_deadline deadline)
{
    if (status == MH_TIMEOUT && deadline == MH_FOREVER)
        blame_all("is a channel that timed out, and had for ever", self->channel, CHANNELS);
    return status == MH_TIMEOUT;
}

// ---- writers ------------------------------------------------------------------------------------

// The line is BEGUN while it may be in the channel already.
static inline mh_status send_line(mh_channel *to, const job *self, uint64_t *seed,
                                  uint64_t number, uint64_t *room)
{
    line *one = line_of(number);
    size_t size = size_of_line(number);
    mh_deadline deadline;
    mh_status status;
    write_out(number, size, room);
    do {
        deadline = some_deadline(seed);
        atomic_store(&one->writing, BEGUN);
        status = mh_channel_send(to, (mh_bytes){room, size}, deadline);
        atomic_store(&one->writing, status == MH_OK ? SENT : UNSENT);
    } while (is_in_vain(self, status, deadline));
    return status;
}

// Why a writer may leave off before its page is full.
static inline bool may_leave_off(const job *self, page *of, mh_status status)
{
    if (status == MH_CLOSED)
        atomic_store(&of->is_closed, true);
    return status == MH_CLOSED || (status == MH_STOPPED && self->is_task) ||
           (status == MH_END && self->may_end);
}

// Goes on where the page ends. MH_OK: it is full.
static inline mh_status fill_page(mh_channel *to, const job *self)
{
    page *of = &book->page[self->page];
    uint64_t *room = malloc(LARGEST + sizeof *room), seed = self->seed;
    mh_status status = MH_OK;
    if (room == NULL)
        exit(2);
    while (status == MH_OK && atomic_load(&of->next) < of->count) {
        uint64_t number = (uint64_t)self->page * MOST_LINES + atomic_load(&of->next);
        status = send_line(to, self, &seed, number, room);
        if (status == MH_OK)
            atomic_fetch_add(&of->next, 1);
        else if (!may_leave_off(self, of, status))
            blame(mh_status_text(status), number);
    }
    free(room);
    return status;
}

// ---- readers ------------------------------------------------------------------------------------

typedef struct reading {
    const job *job;
    mh_channel *from;
    uint64_t seed;
    uint64_t *expected; // room to work
    uint64_t *copy;     // what was received
    size_t room;        // of `copy` that is told
    int taken;
    mh_message message[HANDFUL]; // taken, and not confirmed
    uint64_t number[HANDFUL];    // which lines these are; NO_LINE: empty or damaged
    uint64_t next[MOST_PAGES];   // of each page, behind the last line seen
} reading;

#define NO_LINE UINT64_MAX

// Which line has come is noted before anything else is done with it.
static inline uint64_t look_at(reading *self, const void *data, size_t size)
{
    uint64_t number = NO_LINE;
    if (size == 0) {
        atomic_fetch_add(&book->empty_seen[self->job->channel], 1);
        return NO_LINE;
    }
    if (!is_whole((mh_bytes){data, size}, self->job->channel, self->expected, &number)) {
        blame_all("bytes came that are no whole message", size, LARGEST);
        return NO_LINE;
    }
    uint64_t *next = &self->next[number / MOST_LINES];
    bool is_first = atomic_load(&line_of(number)->reader) == 0;
    note_sight(number, self->job->reader, number < *next);
    if (is_first && number >= *next)
        *next = number + 1;
    return number;
}

static inline void note_confirmed(uint64_t number)
{
    if (number != NO_LINE && atomic_exchange(&line_of(number)->is_confirmed, true))
        blame("was confirmed twice", number);
}

// One of those that were taken, not always the first. Now and then once more, in vain.
static inline void confirm_one(reading *self)
{
    int which = (int)chance(&self->seed, (uint64_t)self->taken);
    uint64_t number = self->number[which];
    mh_message done = self->message[which];
    if (mh_channel_confirm(self->from, &done) != MH_OK)
        blame("could not be confirmed", number);
    note_confirmed(number);
    self->taken--;
    self->message[which] = self->message[self->taken];
    self->number[which] = self->number[self->taken];
    if (one_in(&self->seed, 50) && mh_channel_confirm(self->from, &done) != MH_INVALID)
        blame("could be confirmed again", number);
}

// Who has one in hand does not wait for another: that one may be all that the channel holds.
static inline mh_status take_one(reading *self)
{
    mh_deadline deadline = self->taken > 0 ? MH_NOW : some_deadline(&self->seed);
    mh_message message = {.size = SIZE_MAX};
    mh_status status = mh_channel_take(self->from, &message, deadline);
    if (status == MH_OK) {
        if ((message.size == 0) != (message.data == NULL) || (uintptr_t)message.data % 16 != 0)
            blame_all("is the size of one that lies badly", message.size, LARGEST);
        self->number[self->taken] = look_at(self, message.data, message.size);
        self->message[self->taken++] = message;
    }
    if (!is_in_vain(self->job, status, deadline))
        return status;
    if (self->taken > 0)
        confirm_one(self);
    return MH_OK;
}

// There is not always room enough; then it stays, and this or another reader takes it.
static inline mh_status receive_one(reading *self)
{
    size_t size = SIZE_MAX, room = one_in(&self->seed, 8) ? chance(&self->seed, 300) : LARGEST;
    mh_deadline deadline = some_deadline(&self->seed);
    mh_status status = mh_channel_receive(self->from, self->copy, room, &size, deadline);
    if (status == MH_OK) {
        note_confirmed(look_at(self, self->copy, size));
    } else if (status == MH_TOO_LARGE) {
        if (size <= room || size > LARGEST)
            blame_all("is the size of one that is too large", size, room);
        return MH_OK;
    }
    return is_in_vain(self->job, status, deadline) ? MH_OK : status;
}

static inline mh_status read_on(reading *self)
{
    if (self->taken == HANDFUL || (self->taken > 0 && one_in(&self->seed, 2))) {
        confirm_one(self);
        return MH_OK;
    }
    bool receives = book->reader[self->job->reader].forgets ||
                    (!self->job->is_task && one_in(&self->seed, 3));
    return receives && self->taken == 0 ? receive_one(self) : take_one(self);
}

// Until the channel has come to its end, or the reader is stopped; tasks also end for no
// reason.
static inline mh_status read_all(mh_channel *from, const job *job)
{
    reading *self = calloc(1, sizeof *self);
    char *rooms = malloc(2 * (LARGEST + sizeof(uint64_t)));
    mh_status status = MH_OK;
    if (self == NULL || rooms == NULL)
        exit(2);
    *self = (reading){.job = job, .from = from, .seed = job->seed};
    self->expected = (uint64_t *)(void *)rooms;
    self->copy = self->expected + LARGEST / sizeof(uint64_t) + 1;
    while (status == MH_OK && !(job->is_task && one_in(&self->seed, 1000)))
        status = read_on(self);
    if (self->taken > 0 && job->is_task && one_in(&self->seed, 3)) {
        atomic_store(&book->reader[job->reader].broke_off, true); // leaves them to others
    } else {
        while (self->taken > 0)
            confirm_one(self);
        atomic_store(&book->reader[job->reader].saw_end, status == MH_END);
    }
    if (status != MH_OK && status != MH_END && (status != MH_STOPPED || !job->is_task))
        blame_all(mh_status_text(status), job->reader, atomic_load(&book->readers));
    free(rooms);
    free(self);
    return status;
}

// ---- as tasks -----------------------------------------------------------------------------------

static mh_status run_writer(mh_call *call, mh_bytes input)
{
    fill_page(mh_context_of(call).output, input.data);
    return MH_OK;
}

static mh_status run_reader(mh_call *call, mh_bytes input)
{
    read_all(mh_context_of(call).input, input.data);
    return MH_OK;
}

static const mh_routine writer_routine = {.name = "write", .run = run_writer};
static const mh_routine reader_routine = {.name = "read", .run = run_reader};

#endif
