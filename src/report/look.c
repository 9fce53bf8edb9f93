// Look: reads MH_PROGRESS, CI, TERM, NO_COLOR and the names of the locale.
//
// The locale is read from the environment and not asked of the C library, which is in the "C"
// locale until the program says otherwise; most programs do not, and the terminal speaks UTF-8
// all the same.

#include "look.h"

#include <stdlib.h>
#include <string.h>

#include "../base/log.h"

// The value, or NULL where it is not set or empty.
static const char *value_of(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static mh_progress_mode mode_from_environment(mh_progress_mode otherwise)
{
    static const char *const names[] = {"auto", "bar", "lines", "off"};
    const char *name = value_of("MH_PROGRESS");
    if (name == NULL)
        return otherwise;
    for (int mode = MH_PROGRESS_AUTO; mode <= MH_PROGRESS_OFF; mode++)
        if (strcmp(name, names[mode]) == 0)
            return (mh_progress_mode)mode;
    mhi_log(MH_LOG_WARNING, "MH_PROGRESS is \"%s\", not one of auto, bar, lines, off", name);
    return otherwise;
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

mhi_look mhi_look_choose(mh_progress_mode wanted, bool is_terminal)
{
    const char *terminal = value_of("TERM");
    bool is_capable = is_terminal && terminal != NULL && strcmp(terminal, "dumb") != 0;
    mh_progress_mode mode = mode_from_environment(wanted);
    if (mode == MH_PROGRESS_AUTO)
        mode = is_capable && value_of("CI") == NULL ? MH_PROGRESS_BAR : MH_PROGRESS_LINES;
    return (mhi_look){
        .mode = mode,
        .utf8 = is_utf8(),
        .colour = is_capable && value_of("NO_COLOR") == NULL,
    };
}
