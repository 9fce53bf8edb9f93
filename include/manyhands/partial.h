// Partial: a routine with some of its arguments bound now, the rest given later.
//
//     static int add(int left, int right) { return left + right; }
//     MH_ROUTINE_2(add_each, add, int, int, int);
//
//     mh_partial *add_five;
//     mh_partial_open(&add_five, &add_each, MH_BYTES_OF((int){5}));
//     mh_partial_submit(add_five, pool, MH_BYTES_OF((int){2}), NULL, &task);     // 7
//     mh_partial_close(add_five);
//
// What the routine gets as its item is everything that was bound, in the order it was bound, and what was
// given at the submit, each beginning at a multiple of 16 bytes (mh_argument_at). Routines made by
// MH_ROUTINE_2 and MH_ROUTINE_3 take such an item apart, and the compiler checks their types.
#ifndef MANYHANDS_PARTIAL_H
#define MANYHANDS_PARTIAL_H

#include <manyhands/bytes.h>
#include <manyhands/routine.h>
#include <manyhands/status.h>
#include <manyhands/task.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mh_partial mh_partial;

// Binds the first argument, a copy of which is kept. `routine` is copied as well.
// MH_INVALID, MH_NO_MEMORY. Any thread.
mh_status mh_partial_open(mh_partial **partial, const mh_routine *routine, mh_bytes bound);

// A partial of a partial: a new one, with one more argument bound behind the others.
mh_status mh_partial_bind(mh_partial **partial, const mh_partial *from, mh_bytes bound);

// Submits the routine with what was bound and, behind it, `rest`, which may be empty: then nothing is
// added. Statuses as mh_submit. Any thread.
mh_status mh_partial_submit(const mh_partial *partial, mh_pool *pool, mh_bytes rest,
                            const mh_task_options *options, mh_task **task);

// Frees it. Tasks submitted with it have their own copies. NULL does nothing.
void mh_partial_close(mh_partial *partial);

// Where the next argument begins, behind one that ends at `end`: at the next multiple of 16.
#define mh_argument_at(end) (((end) + 15) / 16 * 16)

// Makes a plain function of two, or three, values a routine for partials, as MH_ROUTINE does for one.
#define MH_ROUTINE_2(routine, function, first_type, second_type, result_type) \
    static mh_status routine##_run(mh_call *mh_call_, mh_bytes mh_item_) \
    { \
        result_type (*const mh_typed_)(first_type, second_type) = function; \
        enum { mh_second_ = mh_argument_at(sizeof(first_type)) }; \
        first_type mh_1_; \
        second_type mh_2_; \
        if (mh_item_.size != mh_second_ + sizeof mh_2_) \
            return mh_fail(mh_call_, MH_INVALID, \
                           "the arguments of %s have %zu bytes, not %zu", #function, \
                           mh_item_.size, mh_second_ + sizeof mh_2_); \
        memcpy(&mh_1_, mh_item_.data, sizeof mh_1_); \
        memcpy(&mh_2_, (const char *)mh_item_.data + mh_second_, sizeof mh_2_); \
        const result_type mh_result_ = mh_typed_(mh_1_, mh_2_); \
        return mh_return(mh_call_, &mh_result_, sizeof mh_result_); \
    } \
    static const mh_routine routine = {.name = #function, .run = routine##_run}

#define MH_ROUTINE_3(routine, function, first_type, second_type, third_type, result_type) \
    static mh_status routine##_run(mh_call *mh_call_, mh_bytes mh_item_) \
    { \
        result_type (*const mh_typed_)(first_type, second_type, third_type) = function; \
        enum { mh_second_ = mh_argument_at(sizeof(first_type)) }; \
        enum { mh_third_ = mh_argument_at(mh_second_ + sizeof(second_type)) }; \
        first_type mh_1_; \
        second_type mh_2_; \
        third_type mh_3_; \
        if (mh_item_.size != mh_third_ + sizeof mh_3_) \
            return mh_fail(mh_call_, MH_INVALID, \
                           "the arguments of %s have %zu bytes, not %zu", #function, \
                           mh_item_.size, mh_third_ + sizeof mh_3_); \
        memcpy(&mh_1_, mh_item_.data, sizeof mh_1_); \
        memcpy(&mh_2_, (const char *)mh_item_.data + mh_second_, sizeof mh_2_); \
        memcpy(&mh_3_, (const char *)mh_item_.data + mh_third_, sizeof mh_3_); \
        const result_type mh_result_ = mh_typed_(mh_1_, mh_2_, mh_3_); \
        return mh_return(mh_call_, &mh_result_, sizeof mh_result_); \
    } \
    static const mh_routine routine = {.name = #function, .run = routine##_run}

#ifdef __cplusplus
}
#endif
#endif
