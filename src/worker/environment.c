// Environment: workers that each use all processors slow each other down.
//
// Libraries read these variables when they are loaded, which in a forked worker was long ago; so those
// that are here already are told by a call as well.

#include "environment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../platform/platform.h"
#include "../shared/arena.h"

typedef struct library {
    const char *variable;
    const char *call; // void call(int threads); NULL: it has none
} library;

static const library libraries[] = {
    {"OMP_NUM_THREADS", "omp_set_num_threads"},
    {"OPENBLAS_NUM_THREADS", "openblas_set_num_threads"},
    {"GOTO_NUM_THREADS", "goto_set_num_threads"},
    {"MKL_NUM_THREADS", "MKL_Set_Num_Threads"},
    {"BLIS_NUM_THREADS", "bli_thread_set_num_threads"},
    {"VECLIB_MAXIMUM_THREADS", NULL},
    {"NUMEXPR_NUM_THREADS", NULL},
};

static void set_list(const mhi_shop *shop, const mhi_seat *seat)
{
    uint64_t end = seat->environment_at + seat->environment_size;
    const char *texts = mhi_arena_read((mhi_arena *)(uintptr_t)&shop->arena,
                                       mhi_shop_argument_area(shop), end);
    char name[256];
    for (uint64_t at = seat->environment_at; texts != NULL && at < end;) {
        const char *text = texts + at, *value = strchr(text, '=');
        if (value != NULL && (size_t)(value - text) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(value - text), text);
            setenv(name, value + 1, 1);
        }
        at += strlen(text) + 1;
    }
}

static void bound(const library *library, uint32_t threads)
{
    char number[16];
    const char *set = getenv(library->variable);
    snprintf(number, sizeof number, "%u", threads);
    if (set == NULL)
        setenv(library->variable, number, 0);
    else
        threads = (uint32_t)strtoul(set, NULL, 10); // it may come from the seat's list
    uintptr_t call = library->call == NULL ? 0 : mhi_code_named(library->call);
    if (call != 0 && threads > 0)
        ((void (*)(int))call)((int)threads);
}

void mhi_environment_furnish(const mhi_shop *shop, uint32_t number)
{
    const mhi_seat *seat = &shop->seats[number];
    if (seat->environment_size > 0)
        set_list(shop, seat);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        bound(&libraries[i], shop->common->threads);
}
