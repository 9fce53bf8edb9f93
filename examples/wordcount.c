// Wordcount: the lines, words and bytes of every file below some directories, and the ten words
// that are met most often. A whole program, and the demonstration of speed and of crashes
// survived.
//
// Shows (FEATURES): M1 any kind of worker by one word, M2 a source that walks directories only
// as fast as it is read, M4 ordered or not, M7 workers with a state of their own and a last
// result, M9 a broken file is one failed item, M12 a progress bar, N1 a crash is one failed
// item, and what it takes to get everything else right all the same.
//
//     ./wordcount [--kind threads|processes|serial] [--workers N] [--window N]
//                 [--unordered] [--no-progress] [directory or file ...]
//     ./wordcount --crash /zlib.h     the worker that gets zlib.h crashes, on purpose
//
// Without a directory it takes /usr/share/doc and /usr/include, and without a kind, processes.
// Files that end with .gz are inflated. The totals and the words go to standard output, and are
// the same for every kind and number of workers:
//
//     files               13715
//     failed                  0
//     lines            11358522
//     words            42388288
//     bytes           399414320
//        436507 define
//        368760 type
//        ... eight more
//
// Files that failed and the speed go to standard error. It returns 0 when it went through
// everything, even if files failed; 1 when it could not; 2 when it was called in a wrong way.
//
// The parts, in the folder wordcount/: walk gives paths; reader is what the workers run, with
// text to look at bytes and words to count them; rounds hands one to the other. Read rounds.h
// first.

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <manyhands.h>

#include "kind.h"
#include "wordcount/rounds.h"

#define TOP_COUNT 10

// ---- the command line

static void wrong_use(void)
{
    fprintf(stderr, "usage: wordcount [--kind threads|processes|serial] [--workers N]\n"
                    "                 [--window N] [--unordered] [--no-progress]\n"
                    "                 [directory or file ...]\n");
    exit(2);
}

static long number_from(const char *text, long limit)
{
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < 1 || number > limit)
        wrong_use();
    return number;
}

static void take_option(struct plan *plan, int option)
{
    switch (option) {
    case 'k':
        plan->kind = kind_named(optarg);
        break;
    case 'w':
        plan->workers = (int)number_from(optarg, MH_WORKERS_LIMIT);
        break;
    case 'n':
        plan->window = (size_t)number_from(optarg, 1000000);
        break;
    case 'u':
        plan->unordered = true;
        break;
    case 'q':
        plan->progress = false;
        break;
    case 'c':
        plan->crash_name = optarg;
        break;
    default:
        wrong_use();
    }
}

static struct plan plan_from(int argc, char **argv)
{
    static char documents[] = "/usr/share/doc", headers[] = "/usr/include";
    static char *const default_roots[] = {documents, headers, NULL};
    static const struct option options[] = {
        {"kind", required_argument, NULL, 'k'},
        {"workers", required_argument, NULL, 'w'},
        {"window", required_argument, NULL, 'n'},
        {"unordered", no_argument, NULL, 'u'},
        {"no-progress", no_argument, NULL, 'q'},
        {"crash", required_argument, NULL, 'c'},
        {NULL, 0, NULL, 0},
    };
    struct plan plan = {.kind = MH_PROCESSES, .progress = true, .crash_name = ""};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;)
        take_option(&plan, option);
    if (plan.workers == 0)
        plan.workers = mh_cpu_count(NULL);
    plan.roots = optind < argc ? (char *const *)argv + optind : default_roots;
    return plan;
}

// ---- the report

struct totals {
    size_t files, failed;
    struct counts counts;
};

static struct totals totals_of(const struct work *work)
{
    struct totals totals = {0};
    for (size_t i = 0; i < work->count; i++) {
        const struct file *file = &work->files[i];
        if (file->state != FILE_SAFE) {
            totals.failed++;
            continue;
        }
        totals.files++;
        totals.counts.lines += file->counts.lines;
        totals.counts.words += file->counts.words;
        totals.counts.bytes += file->counts.bytes;
    }
    return totals;
}

static void print_totals(const struct totals *totals)
{
    printf("files  %18zu\n", totals->files);
    printf("failed %18zu\n", totals->failed);
    printf("lines  %18llu\n", (unsigned long long)totals->counts.lines);
    printf("words  %18llu\n", (unsigned long long)totals->counts.words);
    printf("bytes  %18llu\n", (unsigned long long)totals->counts.bytes);
}

// Whether a word comes before another in the list: by count, and among equals by the alphabet,
// so that the list does not depend on which worker was first.
static bool is_before(const struct word *one, const struct word *other)
{
    if (one->count != other->count)
        return one->count > other->count;
    size_t shorter = one->length < other->length ? one->length : other->length;
    int order = memcmp(one->text, other->text, shorter);
    return order < 0 || (order == 0 && one->length < other->length);
}

// Puts a word into its place in the list of the best, if it is among them, and moves up the
// rest.
static size_t insert(const struct word **top, size_t count, const struct word *word)
{
    size_t place = count;
    while (place > 0 && is_before(word, top[place - 1]))
        place--;
    if (place == TOP_COUNT)
        return count;
    if (count < TOP_COUNT)
        count++;
    for (size_t i = count - 1; i > place; i--)
        top[i] = top[i - 1];
    top[place] = word;
    return count;
}

static void print_top(const struct words *words)
{
    const struct word *top[TOP_COUNT];
    size_t count = 0;
    const struct word *word = NULL;
    while ((word = words_next(words, word)) != NULL)
        count = insert(top, count, word);
    for (size_t i = 0; i < count; i++)
        printf("%9llu %.*s\n", (unsigned long long)top[i]->count, (int)top[i]->length,
               top[i]->text);
}

static void print_failed(const struct work *work)
{
    for (size_t i = 0; i < work->count; i++)
        if (work->files[i].state == FILE_FAILED)
            fprintf(stderr, "failed: %s: %s\n", work->files[i].path, work->files[i].reason);
}

static void print_speed(const struct totals *totals, double seconds)
{
    fprintf(stderr, "%.2f s, %.0f files/s, %.0f MB/s\n", seconds,
            (double)totals->files / seconds, (double)totals->counts.bytes / seconds / 1e6);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct plan plan = plan_from(argc, argv);
    struct work work;
    double start = seconds_now();
    bool worked = work_run(&work, &plan);
    if (worked) {
        struct totals totals = totals_of(&work);
        print_totals(&totals);
        print_top(&work.words);
        worked = fflush(stdout) == 0; // the disk may be full
        print_failed(&work);
        print_speed(&totals, seconds_now() - start);
    }
    work_fini(&work);
    return worked ? 0 : 1;
}
