// Queue: a heap of runs.

#include "queue.h"

#include "../base/memory.h"

static const uint64_t MOST_HEADS = UINT32_MAX; // so that a place in the heap has a number

static bool is_before(const mhi_head *one, const mhi_head *other)
{
    return one->priority < other->priority ||
           (one->priority == other->priority && one->order < other->order);
}

static void set(mhi_queue *queue, uint32_t at, mhi_head head)
{
    queue->heap[at] = head;
    head.task->at = at;
}

static void rise(mhi_queue *queue, uint32_t at, mhi_head head)
{
    while (at > 0 && is_before(&head, &queue->heap[(at - 1) / 2])) {
        set(queue, at, queue->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    set(queue, at, head);
}

static void sink(mhi_queue *queue, uint32_t at, mhi_head head)
{
    for (uint32_t child; (child = 2 * at + 1) < queue->heads; at = child) {
        if (child + 1 < queue->heads && is_before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!is_before(&queue->heap[child], &head))
            break;
        set(queue, at, queue->heap[child]);
    }
    set(queue, at, head);
}

mh_status mhi_queue_ensure(mhi_queue *queue, uint64_t spare)
{
    if (spare < queue->room && queue->heads + spare < queue->room)
        return MH_OK;
    if (spare > MOST_HEADS)
        return MH_NO_MEMORY;
    uint64_t room = 2 * (queue->heads + spare) + 64;
    mhi_head *heap = room < MOST_HEADS ? mhi_resize(queue->heap, room * sizeof *heap) : NULL;
    if (heap == NULL)
        return MH_NO_MEMORY;
    queue->heap = heap;
    queue->room = (uint32_t)room;
    return MH_OK;
}

// What was taken from the front comes back to the front: it goes before the first run, if it can.
static bool put_first(mhi_queue *queue, mh_task *task)
{
    mh_task *head = queue->heads > 0 ? queue->heap[0].task : NULL;
    if (head == NULL || head->priority != task->priority || head->order < task->order)
        return false;
    task->next = head;
    task->prev = NULL;
    head->prev = task;
    head->at = MHI_NO_PLACE;
    set(queue, 0, (mhi_head){.priority = task->priority, .order = task->order, .task = task});
    queue->count++;
    return true;
}

void mhi_queue_put(mhi_queue *queue, mh_task *task)
{
    if (put_first(queue, task))
        return;
    mh_task *last = queue->last;
    bool is_newest = last == NULL || last->order < task->order;
    queue->count++;
    task->next = NULL;
    task->prev = NULL;
    if (last != NULL && is_newest && last->priority == task->priority) {
        task->at = MHI_NO_PLACE;
        task->prev = last;
        last->next = task;
    } else {
        mhi_head head = {.priority = task->priority, .order = task->order, .task = task};
        rise(queue, queue->heads++, head);
    }
    if (is_newest)
        queue->last = task;
}

// The next of the run takes the head's place in the heap, from where it can only sink: it came later.
static void pass_on(mhi_queue *queue, const mh_task *head, mh_task *next)
{
    next->prev = NULL;
    sink(queue, head->at,
         (mhi_head){.priority = next->priority, .order = next->order, .task = next});
}

static void leave_heap(mhi_queue *queue, uint32_t at)
{
    mhi_head last = queue->heap[--queue->heads];
    if (at == queue->heads)
        return;
    if (at > 0 && is_before(&last, &queue->heap[(at - 1) / 2]))
        rise(queue, at, last);
    else
        sink(queue, at, last);
}

void mhi_queue_remove(mhi_queue *queue, mh_task *task)
{
    queue->count--;
    if (queue->last == task)
        queue->last = task->prev; // what follows may go on with the run
    if (task->at == MHI_NO_PLACE) {
        task->prev->next = task->next;
        if (task->next != NULL)
            task->next->prev = task->prev;
    } else if (task->next != NULL) {
        pass_on(queue, task, task->next);
    } else {
        leave_heap(queue, task->at);
    }
    task->next = NULL;
    task->prev = NULL;
}

void mhi_queue_fini(mhi_queue *queue)
{
    mhi_free(queue->heap);
    *queue = (mhi_queue){.heap = NULL};
}
