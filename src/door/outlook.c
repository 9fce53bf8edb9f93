// Outlook: who above is told what the workers' rooms have to tell.

#include "../worker/outlook.h"

#include <stddef.h>

const mhi_outlook mhi_outlook_above = {.bars = NULL};
