// What the programs share: they tell what calls come to, in words that are the same natively and under WASI.
#pragma once
#include <errno.h>
#include <stdio.h>
#include <string.h>

// The name of an error: numbers and texts differ between systems.
static const char *error_name(int error) {
#define NAME(name) if (error == name) return #name;
    NAME(EACCES) NAME(EAGAIN) NAME(EBADF) NAME(EBUSY) NAME(ECONNABORTED) NAME(ECONNRESET) NAME(EDOM) NAME(EEXIST)
    NAME(EFAULT) NAME(EFBIG) NAME(EILSEQ) NAME(EINTR) NAME(EINVAL) NAME(EIO) NAME(EISCONN) NAME(EISDIR) NAME(ELOOP)
    NAME(EMFILE) NAME(EMLINK) NAME(ENAMETOOLONG) NAME(ENFILE) NAME(ENODEV) NAME(ENOENT) NAME(ENOMEM) NAME(ENOSPC)
    NAME(ENOSYS) NAME(ENOTCONN) NAME(ENOTDIR) NAME(ENOTEMPTY) NAME(ENOTSOCK) NAME(ENOTSUP) NAME(ENOTTY) NAME(ENXIO)
    NAME(EOVERFLOW) NAME(EPERM) NAME(EPIPE) NAME(ERANGE) NAME(EROFS) NAME(ESPIPE) NAME(ETXTBSY) NAME(EXDEV)
#ifdef ENOTCAPABLE
    NAME(ENOTCAPABLE)
#endif
#undef NAME
    static char other[32];
    snprintf(other, sizeof other, "error %d", error);
    return other;
}

// Prints a call as it is written, and its result or the name of its error.
#define TELL(call) tell(#call, (errno = 0, (long long)(call)))
// The same of a call whose result is a descriptor, the number of which says nothing.
#define TELL_OPENED(call) tell_opened(#call, (errno = 0, (call)))

__attribute__((unused)) static long long tell(const char *call, long long result) {
    if (result < 0) printf("%s: %s\n", call, error_name(errno));
    else printf("%s: %lld\n", call, result);
    return result;
}

__attribute__((unused)) static int tell_opened(const char *call, int fd) {
    printf("%s: %s\n", call, fd < 0 ? error_name(errno) : "opened");
    return fd;
}

// Prints a statement and whether it holds.
#define HOLDS(what) printf("%s: %s\n", #what, (what) ? "yes" : "NO")
