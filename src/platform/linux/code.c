// Code: which loaded file a function lies in, and back from file and offset to a function.
//
// The dynamic linker's own list is asked (dl_iterate_phdr), which also works in static programs. Files
// are known by their absolute path; the program itself by "".

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#include "../platform.h"

typedef struct search {
    const char *path;  // when looking for a file
    uintptr_t address; // when looking for an address
    bool found;
    uintptr_t base;
    char name[PATH_MAX];
} search;

static void absolute_name(const char *name, char out[PATH_MAX])
{
    if (name[0] != '\0' && realpath(name, out) != NULL)
        return;
    strncpy(out, name, PATH_MAX - 1);
    out[PATH_MAX - 1] = '\0';
}

static bool holds(const struct dl_phdr_info *object, uintptr_t address)
{
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t begin = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && address >= begin &&
            address - begin < segment->p_memsz)
            return true;
    }
    return false;
}

static int match_address(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    search *wanted = context;
    if (!holds(object, wanted->address))
        return 0;
    absolute_name(object->dlpi_name, wanted->name);
    wanted->base = object->dlpi_addr;
    wanted->found = true;
    return 1;
}

static int match_path(struct dl_phdr_info *object, size_t size, void *context)
{
    (void)size;
    search *wanted = context;
    absolute_name(object->dlpi_name, wanted->name);
    if (strcmp(wanted->name, wanted->path) != 0)
        return 0;
    wanted->base = object->dlpi_addr;
    wanted->found = true;
    return 1;
}

bool mhi_code_find(uintptr_t address, char *path, size_t room, uint64_t *offset)
{
    search wanted = {.address = address};
    dl_iterate_phdr(match_address, &wanted);
    if (!wanted.found || strlen(wanted.name) >= room)
        return false;
    strcpy(path, wanted.name);
    *offset = wanted.address - wanted.base;
    return true;
}

uintptr_t mhi_code_at(const char *path, uint64_t offset)
{
    search wanted = {.path = path};
    dl_iterate_phdr(match_path, &wanted);
    // What is loaded here stays for the life of the worker, so its handle is not kept.
    void *handle = wanted.found ? NULL : dlopen(path, RTLD_NOW);
    if (handle != NULL)
        dl_iterate_phdr(match_path, &wanted);
    if (!wanted.found)
        return 0;
    char name[PATH_MAX];
    uint64_t found_offset;
    uintptr_t address = wanted.base + offset;
    bool sane = mhi_code_find(address, name, sizeof name, &found_offset);
    return sane && strcmp(name, path) == 0 ? address : 0;
}

uintptr_t mhi_code_named(const char *name)
{
    return (uintptr_t)dlsym(RTLD_DEFAULT, name);
}
