// Platform: everything manyhands asks of the operating system, with the contract of each demand.
//
// Nothing above this room includes a system header for anything but plain C and atomics. What every
// POSIX system can answer is answered in posix/; what only Linux answers lies in linux/. A port to
// another system is a folder beside them.
//
// Functions that can fail return 0 or an errno value, unless they say otherwise.
#ifndef MHI_PLATFORM_H
#define MHI_PLATFORM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// What an errno value means, in words, until the next call on this thread.
const char *mhi_error_text(int error);

// ---- time ---------------------------------------------------------------------------------------

// Nanoseconds on a clock that never goes back and is the same for all processes of the machine.
uint64_t mhi_clock_ns(void);

// The same clock as it was at the last tick, some milliseconds ago at most: several times cheaper
// to read.
uint64_t mhi_clock_coarse_ns(void);

// ---- waiting ------------------------------------------------------------------------------------

// Sleeps while `*word` is `expected`, until a wake or `deadline_ns` (UINT64_MAX: for ever). Works
// across processes that share the memory. May return early, for any reason; the caller looks again.
// Returns false only when the deadline has passed.
bool mhi_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t deadline_ns);

// Wakes up to `count` sleepers of this word.
void mhi_futex_wake(_Atomic uint32_t *word, int count);

// Tells the processor that this is a short spin, or gives the processor to another thread.
static inline void mhi_cpu_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}
void mhi_thread_yield(void);

// ---- threads and locks of one process -----------------------------------------------------------

typedef struct mhi_thread {
    pthread_t handle;
    void *(*run)(void *);
    void *argument;
    _Atomic uint32_t
        number; // what the system calls it; 0: it has not begun. Waited for with a futex
} mhi_thread;
typedef pthread_mutex_t mhi_mutex;
typedef pthread_once_t mhi_once;
#define MHI_ONCE PTHREAD_ONCE_INIT

// Starts a thread that has all signals blocked, so that the program's handlers run on its own
// threads. `*thread` stays where it is until the thread was joined.
int mhi_thread_start(mhi_thread *thread, void *(*run)(void *), void *argument);
// Woken by: the thread, when it begins to run.
void mhi_thread_await_begin(mhi_thread *thread);
// When this returns, mhi_thread_count does not count it any more.
void mhi_thread_join(mhi_thread *thread);
bool mhi_thread_is_self(const mhi_thread *thread);
void mhi_mutex_init(mhi_mutex *mutex);
void mhi_mutex_fini(mhi_mutex *mutex);
void mhi_mutex_lock(mhi_mutex *mutex);
bool mhi_mutex_try(mhi_mutex *mutex); // locks it, unless somebody has; false: somebody has
void mhi_mutex_unlock(mhi_mutex *mutex);
void mhi_once_call(mhi_once *once, void (*call)(void));

// How many threads this process runs, at least 1; 0 when that cannot be learnt.
int mhi_thread_count(void);

// For the calls above: what the system calls this thread; and waits until it has forgotten one that
// is just ending, which does not take long.
uint32_t mhi_thread_number(void);
void mhi_thread_await_end(uint32_t number);

// Calls `child` in every child that this process forks, before fork returns there.
int mhi_at_fork(void (*child)(void));

// The same; and `before` in the process itself, before each fork, and `after` when it is done.
int mhi_at_fork_around(void (*before)(void), void (*after)(void), void (*child)(void));

// ---- shared memory ------------------------------------------------------------------------------

// Makes a file of `size` bytes that has no name, lies in memory, and takes none before it is
// touched. It is closed on exec.
int mhi_file_open(int *fd, uint64_t size);

// Maps part of it for reading and writing, shared. `offset` and `size` are multiples of the page
// size.
int mhi_file_map(int fd, uint64_t offset, size_t size, void **address);
void mhi_file_unmap(void *address, size_t size);

// Children forked from now on do not get this mapping.
void mhi_file_keep_from_children(void *address, size_t size);

// Sees to it that memory is there for part of the file, so that touching it cannot fail later.
int mhi_file_reserve(int fd, uint64_t offset, uint64_t size);

// Part of a mapping that has memory behind it will be written to from one end to the other soon: what that
// costs for each page is done for all at once. Only hurries things.
void mhi_file_hurry(void *address, size_t size);

// Gives the memory of part of the file back; it reads as zero bytes afterwards.
void mhi_file_release(int fd, uint64_t offset, uint64_t size);

size_t mhi_page_size(void);

// ---- files that programs write to ---------------------------------------------------------------

// Makes an empty file without a name, in memory where there is such a thing; whoever writes to it, at
// whatever time, appends. Closed on exec.
int mhi_file_open_to_append(int *fd);

uint64_t mhi_file_size(int fd); // 0 for what is no file

// Reads up to `size` bytes from `offset` on. Returns how many; 0 at the end, or where it cannot be read.
size_t mhi_file_read(int fd, uint64_t offset, void *bytes, size_t size);

// Whether files can be made in a folder: 0, or an errno value that says why not.
int mhi_folder_check(const char *path);

// ---- descriptors --------------------------------------------------------------------------------

// Two connected ends that carry whole messages both ways; closed on exec, and never raise SIGPIPE.
int mhi_line_open(int ends[2]);

// Sends, or receives, one message of exactly `size` bytes, up to 4096. Several processes may send at one
// end: no message is torn. Blocks. Returns 0, an errno value, or ECONNRESET when the other end is gone.
int mhi_line_send(int fd, const void *data, size_t size);
int mhi_line_receive(int fd, void *data, size_t size);

// The same with up to two descriptors that travel along; -1 is none. What is received is closed on exec;
// where it could not be (there are too many), it is -1, though the message is there.
int mhi_line_send_fds(int fd, const void *data, size_t size, const int fds[2]);
int mhi_line_receive_fds(int fd, void *data, size_t size, int fds[2]);

// No more will be sent on this end, or received at it; whoever waits at either end wakes up.
void mhi_line_end(int fd);

void mhi_fd_close(int fd); // a negative one is none

// Where a program was started with a closed stdin, stdout or stderr, a new descriptor would take
// its number, and be written to by everybody who prints. So each of ours goes through this as it
// is born: a higher number for the same; closed on exec. Negative: errno, and it is closed.
int mhi_fd_keep_off_standard(int fd);
bool mhi_fd_is_open(int fd);

// From now on descriptor `number` is another one for what `fd` is; programs get it.
int mhi_fd_stand_in(int fd, int number);

// Programs started by this process do not get it.
void mhi_fd_keep_from_programs(int fd);

// ---- processes ----------------------------------------------------------------------------------

// The one signal rooms above know by number; it is the same on every POSIX system.
enum { MHI_SIGKILL = 9 };

// How a process ended.
typedef struct mhi_death {
    pid_t pid;
    int signal;    // that killed it, else 0
    int exit_code; // what it returned, when no signal did
} mhi_death;

// Forks. The child, for whom `*pid` is 0, begins with all signals blocked.
int mhi_process_fork(pid_t *pid);

// Starts the file of this program afresh, with `variable` = `value` added to its environment, and
// these descriptors left open.
int mhi_process_spawn_self(pid_t *pid, const char *variable, const char *value, const int *fds,
                           int count);

// In a fresh child: dispositions of handled signals go back to the default, ignored ones stay
// ignored (but not SIGCHLD); SIGINT and SIGQUIT are ignored; nothing is blocked but what the
// program had blocked before mhi_process_fork; a new process group begins here.
void mhi_process_detach(void);

// In a child whose parent runs one thread only: dies (SIGKILL) when that parent dies. Returns false
// when the parent, `parent`, is gone already.
bool mhi_process_die_with(pid_t parent);

// Flushes stdout and stderr and leaves at once, without running what the program registered for
// its end.
_Noreturn void mhi_process_leave(int code);

// Makes exit() in this process do the same.
void mhi_process_short_exit(void);

// Writes out what stdout and stderr hold back; and sees to it that stdout holds back no whole line.
void mhi_process_flush(void);
void mhi_process_flush_lines(void);

// Kills a process; or the process group it began, which may outlive it. What is gone is ignored.
void mhi_process_kill(pid_t pid);
void mhi_process_kill_group(pid_t pid);

// A descriptor that can be read once this process is dead; -1 where there is no such thing.
int mhi_process_watch(pid_t pid);

// Waits until the line `fd` can be read, or is closed, or the process behind `watch` is dead, or so many
// milliseconds have passed; -1: for ever.
typedef enum mhi_heard {
    MHI_HEARD_LINE, // also where the rest is true as well
    MHI_HEARD_DEATH,
    MHI_HEARD_NOTHING,
} mhi_heard;
mhi_heard mhi_line_listen(int fd, int watch, int timeout_ms);

// Waits until the process behind `watch` is dead. False: the deadline has passed, or `watch` is -1.
bool mhi_process_await(int watch, uint64_t deadline_ns);

// Waits for one child that this process forked, and forgets it. Blocks.
void mhi_process_reap(pid_t pid);

// For a process that looks after children: waits until the line `fd` can be read (or is closed), or
// process `watched` has died, or a child has died. Before a dead child is forgotten, its group is
// killed.
typedef enum mhi_news { MHI_NEWS_MESSAGE, MHI_NEWS_DEATH, MHI_NEWS_ORPHANED } mhi_news;
int mhi_nursery_begin(pid_t watched);
mhi_news mhi_nursery_wait(int fd, mhi_death *death);

// A signal's usual name ("SIGSEGV"), until the next call on this thread.
const char *mhi_signal_name(int number);

pid_t mhi_process_id(void);
pid_t mhi_process_parent(void);

// How often the kernel has killed for want of memory since it started; 0 when that cannot be
// learnt.
uint64_t mhi_oom_kills(void);

// ---- signals ------------------------------------------------------------------------------------

// The two that ask a program to end: Ctrl-C, and a request from elsewhere. The same numbers on every
// POSIX system.
enum { MHI_SIGINT = 2, MHI_SIGTERM = 15 };

// What a handler of ours may call, beside these: atomics, mhi_clock_ns, mhi_futex_wake, mhi_line_send,
// mhi_line_end, mhi_process_id, mhi_process_await, mhi_terminal_write.
typedef void mhi_signal_handler(int number);

// From now on `hear` is called when this signal comes, on whichever thread takes it, with both signals
// blocked there. System calls it interrupts go on (SA_RESTART). What the program did with the signal
// before is remembered. False: it ignores this signal, and will go on to do so; nothing was changed.
bool mhi_signal_hear(int number, mhi_signal_handler *hear);

// What was there before is back. Where another handler was put over ours since, that one stays, unless
// `by_force`. For a signal that was never heard, nothing is done. True: the default is back, so raising it
// kills. Handlers may call it.
bool mhi_signal_restore(int number, bool by_force);

// Raises it on this thread, and takes it before this returns, blocked or not. Handlers may call it.
void mhi_signal_raise(int number);

// ---- code ---------------------------------------------------------------------------------------

// The loaded file (program or shared library) that an address lies in, and how far in. The program
// itself has the path "". Returns false when it lies in none, or the path does not fit.
bool mhi_code_find(uintptr_t address, char *path, size_t room, uint64_t *offset);

// The other way round, perhaps in another process; loads the file if it must. 0 when that fails.
uintptr_t mhi_code_at(const char *path, uint64_t offset);

// A function of that name in what is loaded now; 0: there is none.
uintptr_t mhi_code_named(const char *name);

// ---- processors ---------------------------------------------------------------------------------

// What is known about the processors this process may use; see mh_cpu_facts. Paths of the proc
// and cgroup file systems are looked up below `root` ("" for the real ones), so that tests can
// record them.
typedef struct mhi_cpu_limits {
    int online;
    int affinity;
    double quota;
} mhi_cpu_limits;
void mhi_cpu_limits_read(const char *root, mhi_cpu_limits *limits);

// ---- files with a name --------------------------------------------------------------------------

// A file that is being written, and is not seen under its name before it is whole.
typedef struct mhi_page {
    int fd;
    char path[4096];
    char beside[4096 + 32]; // where it is until then; "": nowhere, `path` itself is written to
} mhi_page;

// Begins a file that is to be at `path`, in the folder of whatever is there. What is no regular
// file (a device, a pipe) is opened itself.
int mhi_page_begin(mhi_page *page, const char *path);

// Writes all of it. Never kills the program: what would be a signal is an errno value.
int mhi_page_write(mhi_page *page, const void *data, size_t size);

// Closes it; with `is_good` it takes its place, else it is removed.
int mhi_page_end(mhi_page *page, bool is_good);

// ---- terminal -----------------------------------------------------------------------------------

bool mhi_terminal_is(int fd);
void mhi_terminal_size(int fd, int *columns, int *rows); // 0 when not known

// Whether both are the same terminal, or the same file.
bool mhi_terminal_is_same(int fd, int other);

// All of it, or gives up. Waits for room, also where the descriptor would not.
void mhi_terminal_write(int fd, const char *text, size_t size);

#endif
