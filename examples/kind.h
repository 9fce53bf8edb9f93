// Kind: lets each example run on every kind of worker: `./example threads|processes|serial`.
#ifndef EXAMPLES_KIND_H
#define EXAMPLES_KIND_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <manyhands.h>

static inline mh_kind kind_named(const char *name)
{
    if (strcmp(name, "threads") == 0)
        return MH_THREADS;
    if (strcmp(name, "processes") == 0)
        return MH_PROCESSES;
    if (strcmp(name, "serial") == 0)
        return MH_SERIAL;
    fprintf(stderr, "\"%s\" is no kind of worker: threads, processes or serial\n", name);
    exit(2);
}

// The kind that the first argument names; processes when there is none.
static inline mh_kind kind_from(int argc, char **argv)
{
    return argc > 1 ? kind_named(argv[1]) : MH_PROCESSES;
}

#endif
