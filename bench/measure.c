// Measuring: how a fair contest between two sides is held.
//
// Rounds of the two sides alternate, and who begins alternates too, so that a machine that
// grows slower or faster meanwhile treats both alike. A round repeats whole passes until it has
// lasted long enough; so both sides do the same work per pass, however much one of them is
// quicker. Between two rounds there is a pause, for threads of the other side may spin for a
// while after their work.

#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static const double settle_ns = 20e6;

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double value_of(const bench_contest *contest, double ns, int passes)
{
    const double amount = contest->amount * passes;
    return contest->speed ? amount / ns : ns / amount;
}

// One round of one side; negative when the side could not do it.
static double run_round(const bench_options *options, const bench_contest *contest,
                        const bench_side *side)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)settle_ns}, NULL);
    double total = 0;
    int passes = 0;
    while (total < options->round_ns) {
        const double ns = side->pass(side->context);
        if (ns < 0)
            return -1;
        total += ns;
        passes++;
    }
    return value_of(contest, total, passes);
}

static int by_value(const void *left, const void *right)
{
    const double a = *(const double *)left;
    const double b = *(const double *)right;
    return (a > b) - (a < b);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_value);
    const int middle = count / 2;
    return count % 2 != 0 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

static void run_ours(const bench_options *options, const bench_contest *contest, double *value)
{
    *value = run_round(options, contest, &contest->ours);
    bench_check(*value >= 0, "our own side could not be measured");
}

// A peer that fails once is not asked again: it is not what is tested here.
static void run_peer(const bench_options *options, const bench_contest *contest, double *values,
                     int round, const char **missing)
{
    if (*missing != NULL)
        return;
    if (round > 0 && contest->peer_once)
        values[round] = values[0];
    else
        values[round] = run_round(options, contest, &contest->peer);
    if (values[round] < 0)
        *missing = "it failed";
}

// Enough digits to see a difference of a hundredth, and no more.
static int digits_of(double value)
{
    const double size = value < 0 ? -value : value;
    if (size == 0)
        return 0;
    return size < 1 ? 4 : size < 10 ? 2 : size < 100 ? 1 : 0;
}

void bench_print(const char *name, double ours, const char *unit, const char *peer_name,
                 double peer)
{
    printf("bench %s %.*f %s | %s %.*f %s | ratio %.3f\n", name, digits_of(ours), ours, unit,
           peer_name, digits_of(peer), peer, unit, ours / peer);
    fflush(stdout); // or worker processes forked later would print it again
}

static void print_alone(const bench_contest *contest, double ours, const char *missing)
{
    printf("bench %s %.*f %s | %s none (%s) | ratio none\n", contest->name, digits_of(ours),
           ours, contest->unit, contest->peer.name, missing);
    fflush(stdout);
}

void bench_compare(const bench_options *options, const bench_contest *contest)
{
    double ours[BENCH_ROUNDS_LIMIT + 1];
    double peer[BENCH_ROUNDS_LIMIT + 1];
    const char *missing = contest->peer.missing;
    for (int round = 0; round <= options->rounds; round++) { // round 0 warms up
        if (round % 2 != 0)
            run_peer(options, contest, peer, round, &missing);
        run_ours(options, contest, &ours[round]);
        if (round % 2 == 0)
            run_peer(options, contest, peer, round, &missing);
    }
    const double our_median = median(ours + 1, options->rounds);
    if (missing != NULL)
        print_alone(contest, our_median, missing);
    else
        bench_print(contest->name, our_median, contest->unit, contest->peer.name,
                    median(peer + 1, options->rounds));
}

void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(EXIT_FAILURE);
}

void bench_require(mh_status status, const char *what)
{
    if (status == MH_OK)
        return;
    fprintf(stderr, "bench: %s: %s\n", what, mh_status_text(status));
    exit(EXIT_FAILURE);
}
