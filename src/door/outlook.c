// Outlook: who above is told what the workers' rooms have to tell.

#include "../worker/outlook.h"

#include "../report/drawer.h"

const mhi_outlook mhi_outlook_above = {.begin = mhi_drawer_begin, .bars = mhi_drawer_call};
