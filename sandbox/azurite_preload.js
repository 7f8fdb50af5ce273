// Loaded into Azurite before anything else (node -r).
//
// 1. Azurite collects garbage at every start and then every ten minutes. Once some 13,000 blobs
//    or blocks have been written, a collection keeps the whole process busy for minutes. The timer
//    that starts the next one is the only one of exactly ten minutes: it is never armed.
// 2. The launcher holds the other end of standard input. When it dies, however it dies, the pipe
//    ends, and so does Azurite.
"use strict";

const GC_INTERVAL_MS = 10 * 60 * 1000;
const arm = global.setTimeout;

global.setTimeout = function (callback, delay, ...rest) {
  if (delay === GC_INTERVAL_MS) {
    const timer = arm(() => {}, 2 ** 31 - 1);
    timer.unref();
    return timer;
  }
  return arm(callback, delay, ...rest);
};

process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
process.stdin.resume();
