/* The wall clock of the server, moved ahead or, by a negative number, back: loaded before the C library's own. So many
 * seconds stand in a small file that the test writes: between two starts, so that fifteen days pass or a server is at the
 * time at which its storage was kept, or while the server runs. The file is mapped once, and read without asking the
 * system. Timers run on, since they are of another clock. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead;

__attribute__((constructor)) static void map_clock(void) {
    const char *path = getenv("CLOCK_FILE");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    /* A server at another time than the test believes would prove nothing. */
    if (mapped == MAP_FAILED)
        abort();
    close(file);
    ahead = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0 && clock == CLOCK_REALTIME && ahead)
        time->tv_sec += *ahead;
    return result;
}
