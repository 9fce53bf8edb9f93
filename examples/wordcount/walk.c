// Walk: see walk.h. The C library's fts does the work.

#include "walk.h"

#include <errno.h>
#include <string.h>

static int by_name(const FTSENT **one, const FTSENT **other)
{
    return strcmp((*one)->fts_name, (*other)->fts_name);
}

bool walk_open(struct walk *walk, char *const *roots)
{
    walk->failed = false;
    walk->fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    return walk->fts != NULL;
}

static bool is_wanted(const FTSENT *entry)
{
    switch (entry->fts_info) {
    case FTS_F:   // a regular file
    case FTS_DNR: // a directory that cannot be read
    case FTS_NS:  // something whose nature cannot be told
    case FTS_ERR:
        return true;
    default:
        return false;
    }
}

const char *walk_next(struct walk *walk)
{
    for (;;) {
        errno = 0;
        FTSENT *entry = fts_read(walk->fts);
        if (entry == NULL) {
            walk->failed = errno != 0;
            return NULL;
        }
        if (is_wanted(entry))
            return entry->fts_path;
    }
}

void walk_close(struct walk *walk)
{
    if (walk->fts != NULL)
        fts_close(walk->fts);
}
