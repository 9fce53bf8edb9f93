// The farm: the peer of processes, as it is commonly written in MPI. Rank 0, the master, deals
// numbers out to the workers, the other ranks, and keeps a fixed number of messages under way
// to each, so that nobody waits for a round trip. Results come back in any order; their count
// and sum are checked.
//
//     mpirun -n 3 mpi-farm 1000000       prints the nanoseconds it took, its start not counted
//
// Each message under way has a lane, which is its tag: the buffers of a lane are free again
// when its result has arrived.

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MASTER = 0, LANES = 16 };

static const int64_t stop = -1; // instead of a number: nothing more comes on this lane

typedef struct lanes {
    int count; // of all lanes, LANES to each worker
    int64_t *sent;
    int64_t *received;
    MPI_Request *sends;
    MPI_Request *receipts;
    int *finished; // numbers of lanes whose receipt has ended
} lanes;

static void *allocate(int count, size_t size)
{
    void *memory = calloc((size_t)count, size);
    if (memory == NULL) {
        MPI_Abort(MPI_COMM_WORLD, EXIT_FAILURE);
        abort(); // it does not return, but is not declared so
    }
    return memory;
}

static lanes open_lanes(int partners)
{
    const int count = partners * LANES;
    lanes lanes = {.count = count};
    lanes.sent = allocate(count, sizeof *lanes.sent);
    lanes.received = allocate(count, sizeof *lanes.received);
    lanes.sends = allocate(count, sizeof(MPI_Request));
    lanes.receipts = allocate(count, sizeof(MPI_Request));
    lanes.finished = allocate(count, sizeof *lanes.finished);
    for (int lane = 0; lane < count; lane++)
        lanes.sends[lane] = lanes.receipts[lane] = MPI_REQUEST_NULL;
    return lanes;
}

static void close_lanes(lanes *lanes)
{
    free(lanes->sent);
    free(lanes->received);
    free(lanes->sends);
    free(lanes->receipts);
    free(lanes->finished);
}

static void expect(lanes *lanes, int lane, int partner)
{
    MPI_Irecv(&lanes->received[lane], 1, MPI_INT64_T, partner, lane % LANES, MPI_COMM_WORLD,
              &lanes->receipts[lane]);
}

static void send(lanes *lanes, int lane, int partner, int64_t number)
{
    MPI_Wait(&lanes->sends[lane], MPI_STATUS_IGNORE); // long done: its answer is here
    lanes->sent[lane] = number;
    MPI_Isend(&lanes->sent[lane], 1, MPI_INT64_T, partner, lane % LANES, MPI_COMM_WORLD,
              &lanes->sends[lane]);
}

static int wait_for_some(lanes *lanes)
{
    int count;
    MPI_Waitsome(lanes->count, lanes->receipts, &count, lanes->finished, MPI_STATUSES_IGNORE);
    return count == MPI_UNDEFINED ? 0 : count;
}

// Deals `count` numbers out and gathers their results; whether they were right.
static bool deal(lanes *lanes, int64_t count)
{
    int64_t next = 0;
    int64_t arrived = 0;
    uint64_t sum = 0;
    for (int lane = 0; lane < lanes->count && next < count; lane++) {
        expect(lanes, lane, 1 + lane / LANES);
        send(lanes, lane, 1 + lane / LANES, next++);
    }
    for (int some; (some = wait_for_some(lanes)) > 0; arrived += some) {
        for (int i = 0; i < some; i++) {
            const int lane = lanes->finished[i];
            sum += (uint64_t)lanes->received[lane];
            if (next == count)
                continue;
            expect(lanes, lane, 1 + lane / LANES);
            send(lanes, lane, 1 + lane / LANES, next++);
        }
    }
    return arrived == count && sum == (uint64_t)count * ((uint64_t)count + 1) / 2;
}

static void stop_workers(lanes *lanes)
{
    for (int lane = 0; lane < lanes->count; lane++)
        send(lanes, lane, 1 + lane / LANES, stop);
    MPI_Waitall(lanes->count, lanes->sends, MPI_STATUSES_IGNORE);
}

static int run_master(int workers, int64_t count)
{
    lanes lanes = open_lanes(workers);
    bool right = deal(&lanes, count / 10); // warms up
    const double start = MPI_Wtime();
    right = deal(&lanes, count) && right;
    const double seconds = MPI_Wtime() - start;
    stop_workers(&lanes);
    close_lanes(&lanes);
    if (right)
        printf("%.0f\n", seconds * 1e9);
    return right ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void run_worker(void)
{
    lanes lanes = open_lanes(1);
    for (int lane = 0; lane < LANES; lane++)
        expect(&lanes, lane, MASTER);
    for (int some; (some = wait_for_some(&lanes)) > 0;) { // none once all lanes have stopped
        for (int i = 0; i < some; i++) {
            const int lane = lanes.finished[i];
            const int64_t number = lanes.received[lane];
            if (number == stop)
                continue;
            expect(&lanes, lane, MASTER);
            send(&lanes, lane, MASTER, number + 1);
        }
    }
    MPI_Waitall(LANES, lanes.sends, MPI_STATUSES_IGNORE);
    close_lanes(&lanes);
}

int main(int argument_count, char **arguments)
{
    MPI_Init(&argument_count, &arguments);
    int rank;
    int ranks;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
    int exit_code = EXIT_FAILURE;
    if (argument_count != 2 || ranks < 2)
        fprintf(stderr, "usage: mpirun -n RANKS mpi-farm COUNT, with 2 ranks or more\n");
    else if (rank == MASTER)
        exit_code = run_master(ranks - 1, strtoll(arguments[1], NULL, 10));
    else
        exit_code = (run_worker(), EXIT_SUCCESS);
    MPI_Finalize();
    return exit_code;
}
