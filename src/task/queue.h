// Queue: tasks that wait, the most urgent first, equal ones in the order they came.
//
// Tasks that follow one another with the same priority make a run: a list, in order. Only the head of a
// run is in the heap, so a million tasks of one priority cost no more than one. A run grows at its end while
// nothing else is put, and each head's priority and order say where its run stands.
//
// The heap is the usual binary one (Williams, 1964).
#ifndef MHI_QUEUE_H
#define MHI_QUEUE_H

#include <stdint.h>

#include "task.h"

typedef struct mhi_head {
    int32_t priority;
    uint64_t order;
    mh_task *task;
} mhi_head;

typedef struct mhi_queue {
    mhi_head *heap;
    uint32_t heads;
    uint32_t room;
    uint64_t count; // tasks in all
    mh_task *last;  // put most recently, if it still waits: the end of the newest run
} mhi_queue;

// Room for one more head and `spare` others, so that as many puts cannot fail. MH_NO_MEMORY.
mh_status mhi_queue_ensure(mhi_queue *queue, uint64_t spare);

// Puts a task at its place by priority and order.
void mhi_queue_put(mhi_queue *queue, mh_task *task);

// The first, or NULL; it stays.
static inline mh_task *mhi_queue_first(const mhi_queue *queue)
{
    return queue->heads == 0 ? NULL : queue->heap[0].task;
}

void mhi_queue_remove(mhi_queue *queue, mh_task *task);
void mhi_queue_fini(mhi_queue *queue);

#endif
