// Outlook: who above is told what the workers' rooms have to tell, and who writes for the log.

#include "../base/log.h"
#include "../worker/outlook.h"

#include "../report/drawer.h"
#include "../report/screen.h"

const mhi_outlook mhi_outlook_above = {.begin = mhi_drawer_begin, .bars = mhi_drawer_call};

void (*const mhi_log_write_by)(int fd, const char *text, size_t size) = mhi_screen_say;
