/* The wall clock of the server, moved ahead or, by a negative number, back: loaded before the C library's own, so that
 * fifteen days pass between two starts, or a server is at the time at which its storage was kept. Timers run on, since
 * they are of another clock. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    const char *ahead = getenv("CLOCK_AHEAD_SECONDS");
    if (result == 0 && clock == CLOCK_REALTIME && ahead)
        time->tv_sec += atol(ahead);
    return result;
}
