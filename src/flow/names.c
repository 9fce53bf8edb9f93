// Names: chains by hash (FNV-1a: Fowler, Noll and Vo).

#include "names.h"

#include <stdint.h>
#include <string.h>

#include "../base/memory.h"

enum { CHAINS_LEAST = 16 };

static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

static mhi_named **chain_of(const mhi_names *names, const char *name)
{
    return &names->chain[hash_of(name) & (names->chains - 1)];
}

mhi_named *mhi_names_find(const mhi_names *names, const char *name)
{
    mhi_named *named = names->chains == 0 ? NULL : *chain_of(names, name);
    while (named != NULL && strcmp(named->name, name) != 0)
        named = named->next;
    return named;
}

static void move_all(mhi_names *to, const mhi_names *from)
{
    for (size_t i = 0; i < from->chains; i++)
        for (mhi_named *named = from->chain[i], *next; named != NULL; named = next) {
            next = named->next;
            mhi_names_put(to, named);
        }
}

mh_status mhi_names_ensure(mhi_names *names, size_t more)
{
    size_t chains = names->chains > 0 ? names->chains : CHAINS_LEAST;
    while (chains < names->count + more)
        chains *= 2;
    if (chains == names->chains)
        return MH_OK;
    mhi_names grown = {.chains = chains, .chain = mhi_allocate(chains, sizeof(mhi_named *))};
    if (grown.chain == NULL)
        return MH_NO_MEMORY;
    move_all(&grown, names);
    mhi_free(names->chain);
    *names = grown;
    return MH_OK;
}

void mhi_names_put(mhi_names *names, mhi_named *named)
{
    mhi_named **chain = chain_of(names, named->name);
    named->next = *chain;
    *chain = named;
    names->count++;
}

void mhi_names_remove(mhi_names *names, mhi_named *named)
{
    mhi_named **at = chain_of(names, named->name);
    while (*at != named)
        at = &(*at)->next;
    *at = named->next;
    names->count--;
}

void mhi_names_fini(mhi_names *names)
{
    mhi_free(names->chain);
}
