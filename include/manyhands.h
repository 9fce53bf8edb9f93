// manyhands: many hands make light work. This header includes all the others.
//
//     pool      workers: threads, crash-isolated processes, or none        <manyhands/pool.h>
//     routine   the function they run                                      <manyhands/routine.h>
//     task      one run of a routine: wait, cancel, priority, callback     <manyhands/task.h>
//     completions   tasks as they end                                      <manyhands/completions.h>
//     session   numbered and named tasks that end together                 <manyhands/session.h>
//     channel   messages between threads and workers                       <manyhands/channel.h>
//     event     set once, waited for anywhere                              <manyhands/event.h>
//     context   the channels and the event that a task is given            <manyhands/context.h>
//     function  a function that runs elsewhere whenever it is called       <manyhands/function.h>
//     partial   a routine with some of its arguments bound                 <manyhands/partial.h>
//     limiter   permits: how many may run at once                          <manyhands/limiter.h>
//     pools     all pools of the program, by name and together             <manyhands/pools.h>
//     source    where the items come from                                  <manyhands/source.h>
//     map       a routine over a source, with the results as a stream      <manyhands/map.h>
//     result    how one item ended                                         <manyhands/result.h>
//     progress  bars, lines, or the bare numbers                           <manyhands/progress.h>
//     interrupt a Ctrl-C that ends a program in order                      <manyhands/interrupt.h>
//     trace     when each item was queued, begun and ended, and by whom    <manyhands/trace.h>
//     output    what tasks print: by line, by task, to files               <manyhands/output.h>
//     log       lines from anywhere: the program, its tasks, the library   <manyhands/log.h>
//     cpu       how many workers can really run at once                    <manyhands/cpu.h>
//     status, deadline, bytes                                              the small words
#ifndef MANYHANDS_H
#define MANYHANDS_H

#include <manyhands/bytes.h>
#include <manyhands/channel.h>
#include <manyhands/completions.h>
#include <manyhands/context.h>
#include <manyhands/cpu.h>
#include <manyhands/deadline.h>
#include <manyhands/event.h>
#include <manyhands/function.h>
#include <manyhands/interrupt.h>
#include <manyhands/limiter.h>
#include <manyhands/log.h>
#include <manyhands/map.h>
#include <manyhands/output.h>
#include <manyhands/partial.h>
#include <manyhands/pool.h>
#include <manyhands/pools.h>
#include <manyhands/progress.h>
#include <manyhands/result.h>
#include <manyhands/routine.h>
#include <manyhands/session.h>
#include <manyhands/source.h>
#include <manyhands/status.h>
#include <manyhands/task.h>
#include <manyhands/trace.h>

#endif
