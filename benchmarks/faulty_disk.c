/* A disk that fails once: the n-th call of a kind on files under a folder returns an error.
 *
 * Preloaded (LD_PRELOAD) into commands by benchmarks/disk.py, which compiles it. Environment:
 *   FAULT_UNDER  folder; calls on other files pass
 *   FAULT_CALL   write, fsync, rename or open (for writing)
 *   FAULT_AT     which one fails, from 1; 0 for none
 *   FAULT_ERRNO  with what, such as 28 (ENOSPC)
 *   FAULT_ONWARD 1 if all later calls of the kind fail too, as on a disk that stays full
 *   FAULT_COUNT  file that gets the first letter of each call of any kind, to learn how many there are
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;

static int under(const char *path) {
    const char *folder = getenv("FAULT_UNDER");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int under_fd(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return under(path);
}

static int under_at(int folder, const char *path) {
    if (!path) return 0;
    if (path[0] == '/') return under(path);
    if (folder != AT_FDCWD) return under_fd(folder);
    char here[PATH_MAX];
    return getcwd(here, sizeof here) && under(here);
}

/* Count a call; tell whether it fails. */
static int fails(const char *call) {
    const char *count = getenv("FAULT_COUNT");
    if (count) {
        int fd = syscall(SYS_openat, AT_FDCWD, count, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (fd >= 0) {
            syscall(SYS_write, fd, call, 1);
            syscall(SYS_close, fd);
        }
    }
    const char *kind = getenv("FAULT_CALL"), *at = getenv("FAULT_AT");
    if (!kind || strcmp(kind, call) != 0) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1, wanted = at ? atol(at) : 0;
    const char *onward = getenv("FAULT_ONWARD");
    if (wanted <= 0 || number < wanted) return 0;
    if (number > wanted && !(onward && *onward == '1')) return 0;
    const char *error = getenv("FAULT_ERRNO");
    errno = error ? atoi(error) : ENOSPC;
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *from, size_t size) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(write)(fd, from, size);
}

ssize_t pwrite(int fd, const void *from, size_t size, off_t at) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(pwrite)(fd, from, size, at);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t at) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(pwrite64)(fd, from, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(writev)(fd, parts, count);
}

int fsync(int fd) {
    if (under_fd(fd) && fails("fsync")) return -1;
    return REAL(fsync)(fd);
}

int fdatasync(int fd) {
    if (under_fd(fd) && fails("fsync")) return -1;
    return REAL(fdatasync)(fd);
}

int ftruncate(int fd, off_t size) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    if (under_fd(fd) && fails("write")) return -1;
    return REAL(ftruncate64)(fd, size);
}

int rename(const char *from, const char *to) {
    if ((under(from) || under(to)) && fails("rename")) return -1;
    return REAL(rename)(from, to);
}

int renameat2(int one, const char *from, int other, const char *to, unsigned flags) {
    if (under(to) && fails("rename")) return -1;
    return REAL(renameat2)(one, from, other, to, flags);
}

static mode_t mode_of(int flags, va_list rest) {
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

static int opens(int folder, const char *path, int flags) {
    return (flags & O_ACCMODE) != O_RDONLY && under_at(folder, path) && fails("open");
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    if (opens(AT_FDCWD, path, flags)) return -1;
    return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    if (opens(AT_FDCWD, path, flags)) return -1;
    return REAL(open64)(path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = mode_of(flags, rest);
    va_end(rest);
    if (opens(folder, path, flags)) return -1;
    return REAL(openat)(folder, path, flags, mode);
}
