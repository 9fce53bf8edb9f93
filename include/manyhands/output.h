// Output: what becomes of what tasks print.
//
// A pool of processes can capture the stdout and stderr of its workers: of the tasks themselves, of C
// libraries they use, and of programs they start. So lines of different workers are not mixed up, do
// not tear the bars of a terminal, and can be told apart.
//
//     mh_pool_options options = {.kind = MH_PROCESSES, .output = MH_OUTPUT_TASKS};
//
// prints, task by task, as they end:
//
//     ---- task 7 (worker 2)
//     opening measurements.csv
//     312 lines
//
// What a task printed has been passed on before its result is handed out, also when it crashed: what
// was written up to that moment is there. (What stdio still held back in memory dies with the worker;
// stdout holds back no whole line.) Nobody who prints is ever held up; only between tasks a worker
// waits, while some megabytes of it have not been read. What is captured of stdout goes to stdout of
// the program, and stderr to stderr; which of the two came first cannot be told. Bytes pass as they
// are; only a last line without a newline is given one, but not in files.
//
// What a worker prints in its setup and teardown is captured as well, and so is what a program prints
// that a task has left running; that counts as the next task's. Captured stdout is no terminal, but a
// file to which everybody appends: a program that opens /dev/stdout anew to write from its beginning
// is refused, and one that looks for a width finds none. Each worker takes two descriptors of the
// program.
#ifndef MANYHANDS_OUTPUT_H
#define MANYHANDS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum mh_output {
    MH_OUTPUT_RAW =
        0, // left alone: workers have the stdout and stderr of the program, at no cost
    MH_OUTPUT_LINES, // whole lines, as they come; above the bars, where there are any
    MH_OUTPUT_TASKS, // all of a task together when it has ended, below a line that says whose it is
    MH_OUTPUT_PREFIX, // whole lines, as they come, and each says whose it is: "[worker 2, task 7] ..."
    // A file for each task that prints, in `output_folder` of the pool's options, which must be there:
    // "task-000000000007.out", "map-0001-item-000000000007.out" for the first map of the pool,
    // "worker-0002.out" for setup and teardown; ".err" for what was printed to stderr. Files of these
    // names are replaced. What cannot be written is lost, and the log says so, once at the first time
    // and with the number of bytes at the close.
    MH_OUTPUT_FILES,
} mh_output;

typedef enum mh_output_source {
    MH_OUTPUT_OF_WORKER, // its setup or teardown, or something that printed between tasks
    MH_OUTPUT_OF_ITEM,   // of a map
    MH_OUTPUT_OF_TASK,
} mh_output_source;

struct mh_pool;

// Some bytes that were printed.
typedef struct mh_output_piece {
    struct mh_pool *pool;
    int worker;
    int pid;
    mh_output_source source;
    int map;        // items: of which map, the first that was opened on the pool is 1; else 0
    uint64_t index; // mh_task_id, or the index of the item; else 0
    bool is_error_stream;
    const char *data; // borrowed for the call; may end anywhere, also within a line
    size_t size;
    bool has_ended; // it has ended, and prints no more, on either stream; no bytes come along
} mh_output_piece;

// Receives everything that workers of the pool print, in order for each worker and stream, every byte
// once. Of what has printed the last piece has `has_ended`; what prints nothing is not told of. Any
// thread of the program may call it, also the library's own, one call at a time for each pool. No
// result is handed out meanwhile, and no death of a worker is heard of; so it must be quick, and must
// not call the library.
typedef void mh_output_sink(void *context, const mh_output_piece *piece);

#ifdef __cplusplus
}
#endif
#endif
