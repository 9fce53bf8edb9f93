// Routine: writing functions down as file and offset, and finding them again.

#include "routine.h"

#include <stdio.h>
#include <string.h>

#include "../base/log.h"
#include "../platform/platform.h"

static mh_status number_of_file(mhi_routines *table, const char *path, uint32_t *number)
{
    for (uint32_t i = 0; i < table->files; i++)
        if (strcmp(table->file[i], path) == 0) {
            *number = i + 1;
            return MH_OK;
        }
    if (table->files == MHI_FILES)
        return mhi_refuse(MH_FULL, "routines of more than %d files", MHI_FILES);
    strcpy(table->file[table->files++], path);
    *number = table->files;
    return MH_OK;
}

static mh_status write_down(mhi_routines *table, const char *name, uintptr_t function,
                            mhi_code *code)
{
    *code = (mhi_code){0};
    if (function == 0)
        return MH_OK;
    char path[MHI_PATH];
    if (!mhi_code_find(function, path, sizeof path, &code->offset))
        return mhi_refuse(
            MH_NOT_FOUND,
            "routine '%s': a function of it lies in no loaded file, so that no worker "
            "process could find it",
            name);
    return number_of_file(table, path, &code->file);
}

static bool is_same(const mhi_routine_entry *a, const mhi_routine_entry *b)
{
    return a->setup.file == b->setup.file && a->setup.offset == b->setup.offset &&
           a->run.file == b->run.file && a->run.offset == b->run.offset &&
           a->teardown.file == b->teardown.file && a->teardown.offset == b->teardown.offset &&
           strcmp(a->name, b->name) == 0;
}

mh_status mhi_routines_add(mhi_routines *table, const mh_routine *routine, uint32_t *number)
{
    mhi_routine_entry entry = {.name = ""};
    snprintf(entry.name, sizeof entry.name, "%s",
             routine->name != NULL ? routine->name : "routine");
    if (routine->run == NULL)
        return mhi_refuse(MH_INVALID, "routine '%s' has no function to run", entry.name);
    // A function pointer becomes a number and back: what POSIX promises for dlsym.
    mh_status status = write_down(table, entry.name, (uintptr_t)routine->setup, &entry.setup);
    if (status == MH_OK)
        status = write_down(table, entry.name, (uintptr_t)routine->run, &entry.run);
    if (status == MH_OK)
        status = write_down(table, entry.name, (uintptr_t)routine->teardown, &entry.teardown);
    if (status != MH_OK)
        return status;
    for (uint32_t i = 0; i < table->routines; i++)
        if (is_same(&table->routine[i], &entry)) {
            *number = i;
            return MH_OK;
        }
    if (table->routines == MHI_ROUTINES)
        return mhi_refuse(MH_FULL, "more than %d different routines in one pool", MHI_ROUTINES);
    *number = table->routines;
    table->routine[table->routines++] = entry;
    return MH_OK;
}

static bool locate(const mhi_routines *table, mhi_code code, uintptr_t *function)
{
    *function = code.file == 0 ? 0 : mhi_code_at(table->file[code.file - 1], code.offset);
    return code.file == 0 || *function != 0;
}

mh_status mhi_routines_find(const mhi_routines *table, uint32_t number, mh_routine *routine)
{
    const mhi_routine_entry *entry = &table->routine[number];
    uintptr_t setup, run, teardown;
    if (!locate(table, entry->setup, &setup) || !locate(table, entry->run, &run) ||
        !locate(table, entry->teardown, &teardown))
        return MH_NOT_FOUND;
    *routine = (mh_routine){.name = entry->name,
                            .setup = (mh_status(*)(mh_call *, mh_bytes, void **))setup,
                            .run = (mh_status(*)(mh_call *, mh_bytes))run,
                            .teardown = (void (*)(mh_call *, void *))teardown};
    return MH_OK;
}
