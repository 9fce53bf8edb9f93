// Outlook: who above is told what the workers' rooms have to tell, and who writes for the log.

#include "../base/log.h"
#include "../worker/outlook.h"

#include <stddef.h>

const mhi_outlook mhi_outlook_above = {.bars = NULL};

void (*const mhi_log_write_by)(int fd, const char *text, size_t size) = NULL;
