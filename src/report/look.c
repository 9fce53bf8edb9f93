// Look: reads MH_PROGRESS, CI, TERM, NO_COLOR and the names of the locale.
//
// The locale is read from the environment and not asked of the C library, which is in the "C"
// locale until the program says otherwise; most programs do not, and the terminal speaks UTF-8
// all the same.

#include "look.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/log.h"

// The value, or NULL where it is not set or empty.
static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static void read_mode(mhi_surroundings *around)
{
    static const char *const names[] = {"auto", "bar", "lines", "json", "off"};
    const char *name = value_of("MH_PROGRESS");
    for (int mode = MH_PROGRESS_AUTO; name != NULL && mode <= MH_PROGRESS_OFF; mode++)
        if (strcmp(name, names[mode]) == 0) {
            around->is_mode_set = true;
            around->mode = (mh_progress_mode)mode;
        }
    static _Atomic bool is_said; // once is enough: every bar that is opened looks here
    if (name != NULL && !around->is_mode_set && !atomic_exchange(&is_said, true))
        mhi_log(MH_LOG_WARNING, "MH_PROGRESS is \"%s\", not one of auto, bar, lines, json, off",
                name);
}

static bool is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (int i = 0; locale == NULL && i < 3; i++)
        locale = value_of(names[i]);
    return locale != NULL &&
           (strstr(locale, "UTF-8") != NULL || strstr(locale, "utf8") != NULL ||
            strstr(locale, "utf-8") != NULL || strstr(locale, "UTF8") != NULL);
}

mhi_surroundings mhi_look_around(void)
{
    const char *terminal = value_of("TERM");
    mhi_surroundings around = {
        .is_capable = terminal != NULL && strcmp(terminal, "dumb") != 0,
        .is_ci = value_of("CI") != NULL,
        .utf8 = is_utf8(),
        .colour = value_of("NO_COLOR") == NULL,
    };
    read_mode(&around);
    return around;
}

mhi_look mhi_look_choose(const mhi_surroundings *around, mh_progress_mode wanted,
                         bool is_terminal)
{
    bool is_capable = is_terminal && around->is_capable;
    mh_progress_mode mode = around->is_mode_set ? around->mode : wanted;
    if (mode == MH_PROGRESS_AUTO)
        mode = is_capable && !around->is_ci ? MH_PROGRESS_BAR : MH_PROGRESS_LINES;
    return (mhi_look){
        .mode = mode,
        .utf8 = around->utf8,
        .colour = is_capable && around->colour,
    };
}
