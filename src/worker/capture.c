// Capture: bytes from a file, subjects from marks.

#include "capture.h"

#include <errno.h>
#include <string.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../platform/platform.h"
#include "outlook.h"

enum {
    PIECE =
        64
        << 10, // bytes: the most that are handed on at once, and that are given back together
};

typedef struct seat {
    _Atomic int
        fds[MHI_OUTPUT_STREAMS]; // plus 1, so that 0 is none; set once, the second first
    // under `hearing`
    uint64_t size[MHI_OUTPUT_STREAMS]; // at the last look
    uint64_t read[MHI_OUTPUT_STREAMS];
    uint64_t released[MHI_OUTPUT_STREAMS];
    mhi_subject subject; // of what is read next
    bool has_spoken;     // something of the subject was handed on, and not its end
} seat;

struct mhi_capture {
    void *above;
    seat seats[MHI_SEATS];
    char bytes[PIECE]; // under `hearing`
};

mh_status mhi_capture_open(mhi_crew *crew, const mhi_output_options *options)
{
    if (!mhi_output_is_captured(options))
        return MH_OK;
    mhi_capture *made = mhi_allocate(1, sizeof *made);
    if (made == NULL)
        return mhi_refuse(MH_NO_MEMORY, "no memory to capture what workers print");
    mh_status status = mhi_outlook_above.output_open(&made->above, options);
    if (status != MH_OK) {
        mhi_free(made);
        return status;
    }
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        made->seats[i].subject.worker = (int32_t)i;
    crew->capture = made;
    crew->shop.common->captures = 1;
    return MH_OK;
}

static int fd_of(const seat *seat, int stream)
{
    return atomic_load(&seat->fds[stream]) - 1;
}

static bool has_files(const seat *seat)
{
    return fd_of(seat, 0) >= 0;
}

void mhi_capture_forget(const mhi_crew *crew)
{
    const mhi_capture *capture = crew->capture;
    for (uint32_t i = 0; capture != NULL && i < MHI_SEATS; i++)
        for (int stream = 0; stream < MHI_OUTPUT_STREAMS; stream++)
            mhi_fd_close(fd_of(&capture->seats[i], stream));
}

void mhi_capture_close(mhi_crew *crew)
{
    mhi_capture *capture = crew->capture;
    if (capture == NULL)
        return;
    mhi_outlook_above.output_close(capture->above);
    mhi_capture_forget(crew);
    crew->capture = NULL;
    mhi_free(capture);
}

// ---- files --------------------------------------------------------------------------------------

static int make_files(seat *seat)
{
    int fds[MHI_OUTPUT_STREAMS] = {-1, -1};
    int error = 0;
    for (int i = 0; i < MHI_OUTPUT_STREAMS && error == 0; i++)
        error = mhi_should_fail() ? EMFILE : mhi_file_open_to_append(&fds[i]);
    if (error != 0) {
        mhi_fd_close(fds[0]);
        return error;
    }
    atomic_store(&seat->fds[1], fds[1] + 1);
    atomic_store(&seat->fds[0], fds[0] + 1);
    return 0;
}

int mhi_capture_files(mhi_crew *crew, uint32_t number, int fds[MHI_OUTPUT_STREAMS])
{
    fds[0] = fds[1] = -1;
    if (crew->capture == NULL)
        return 0;
    seat *seat = &crew->capture->seats[number];
    int error = has_files(seat) ? 0 : make_files(seat);
    if (error == 0)
        for (int i = 0; i < MHI_OUTPUT_STREAMS; i++)
            fds[i] = fd_of(seat, i);
    return error;
}

// ---- reading ------------------------------------------------------------------------------------

static seat *seat_of(const mhi_crew *crew, uint32_t number)
{
    if (crew->capture == NULL || !has_files(&crew->capture->seats[number]))
        return NULL;
    return &crew->capture->seats[number];
}

void mhi_capture_look(mhi_crew *crew, uint32_t number)
{
    seat *seat = seat_of(crew, number);
    for (int i = 0; seat != NULL && i < MHI_OUTPUT_STREAMS; i++)
        seat->size[i] = mhi_file_size(fd_of(seat, i));
}

static void give_back(seat *seat, int stream)
{
    uint64_t whole = seat->read[stream] / PIECE * PIECE, from = seat->released[stream];
    if (whole > from)
        mhi_file_release(fd_of(seat, stream), from, whole - from);
    seat->released[stream] = whole;
}

// Hands on what lies before `end`, of one stream.
static void hand_on(mhi_capture *capture, seat *seat, int stream, uint64_t end)
{
    mhi_piece piece = {
        .subject = seat->subject, .stream = (uint32_t)stream, .bytes = capture->bytes};
    while (seat->read[stream] < end) {
        uint64_t left = end - seat->read[stream];
        piece.size = mhi_file_read(fd_of(seat, stream), seat->read[stream], capture->bytes,
                                   left < PIECE ? left : PIECE);
        if (piece.size == 0)
            break; // a mark that cannot be: the worker ran wild before it died
        seat->read[stream] += piece.size;
        seat->has_spoken = true;
        mhi_outlook_above.output_take(capture->above, &piece);
        give_back(seat, stream);
    }
}

static void end_subject(const mhi_capture *capture, seat *seat)
{
    const mhi_piece piece = {.subject = seat->subject, .bytes = "", .has_ended = true};
    if (seat->has_spoken)
        mhi_outlook_above.output_take(capture->above, &piece);
    seat->has_spoken = false;
}

static void begin_subject(seat *seat, uint32_t number, const mhi_subject *subject)
{
    seat->subject = *subject;
    seat->subject.worker = (int32_t)number;
    if (subject->source > MH_OUTPUT_OF_TASK)
        seat->subject.source = MH_OUTPUT_OF_WORKER;
}

// Before a subject begins, what was read since the last one ended was the worker's own, and ends.
void mhi_capture_mark(mhi_crew *crew, uint32_t number, const char *text, size_t size)
{
    seat *seat = seat_of(crew, number);
    mhi_output_mark mark;
    if (seat == NULL || size != sizeof mark)
        return;
    memcpy(&mark, text, sizeof mark);
    if (seat->subject.pid == 0)
        seat->subject.pid = mark.subject.pid;
    for (int i = 0; i < MHI_OUTPUT_STREAMS; i++)
        hand_on(crew->capture, seat, i, mark.at[i]);
    end_subject(crew->capture, seat);
    mhi_subject own = {.source = MH_OUTPUT_OF_WORKER, .pid = mark.subject.pid};
    begin_subject(seat, number, mark.has_ended != 0 ? &own : &mark.subject);
}

// The worker may wait to be heard so far.
void mhi_capture_read(mhi_crew *crew, uint32_t number)
{
    seat *seat = seat_of(crew, number);
    if (seat == NULL)
        return;
    mhi_seat *shared = &crew->shop.seats[number];
    seat->subject.pid = seat->subject.pid != 0 ? seat->subject.pid : atomic_load(&shared->pid);
    for (int i = 0; i < MHI_OUTPUT_STREAMS; i++) {
        hand_on(crew->capture, seat, i, seat->size[i]);
        atomic_store(&shared->heard_to[i], seat->read[i]);
    }
    mhi_event_signal(&shared->heard, 1);
}

void mhi_capture_bury(mhi_crew *crew, uint32_t number)
{
    seat *seat = seat_of(crew, number);
    if (seat == NULL)
        return;
    end_subject(crew->capture, seat);
    seat->subject = (mhi_subject){.source = MH_OUTPUT_OF_WORKER, .worker = (int32_t)number};
    atomic_store(&crew->shop.seats[number].is_at_work, 0);
}

// ---- watching -----------------------------------------------------------------------------------

// Sequential: either we see that somebody works, or it sees that nobody watches (output.c).
static bool is_anybody_at_work(const mhi_crew *crew)
{
    bool is_so = false;
    for (uint32_t i = 0; i < MHI_SEATS; i++)
        if (seat_of(crew, i) != NULL && atomic_load(&crew->shop.seats[i].is_at_work) != 0) {
            mhi_shop_expect(&crew->shop, i);
            is_so = true;
        }
    return is_so;
}

bool mhi_capture_watches(mhi_crew *crew)
{
    _Atomic uint32_t *is_watched = &crew->shop.common->is_watched;
    if (crew->capture == NULL)
        return false;
    atomic_store(is_watched, 1);
    if (is_anybody_at_work(crew))
        return true;
    atomic_store(is_watched, 0);
    return is_anybody_at_work(crew);
}
