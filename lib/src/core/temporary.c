/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "core/temporary.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LETTERS = 6, ATTEMPTS = 100, NOTED = 256 };

/* A name belongs to whoever takes it from here. */
static _Atomic(char *) noted[NOTED];

/* Whoever sweeps may have removed the file before it was locked here: then make another one. */
int gamlp_temporary_make(char *name) {
    size_t end = strlen(name) - LETTERS;
    for (int i = 0; i < ATTEMPTS; i++) {
        struct stat info;
        memset(name + end, 'X', LETTERS);
        int fd = mkostemp(name, O_CLOEXEC);
        if (fd < 0) return -1;
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR) continue;
        if (fstat(fd, &info) == 0 && info.st_nlink > 0) return fd;
        close(fd);
    }
    errno = EAGAIN;
    return -1;
}

int gamlp_temporary_lock(int descriptor) {
    return flock(descriptor, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
}

int gamlp_temporary_hold(int descriptor) {
    int held = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    return held < 0 ? 0 : held;
}

bool gamlp_temporary_note(char *name) {
    for (int i = 0; i < NOTED; i++) {
        char *none = NULL;
        if (atomic_compare_exchange_strong(&noted[i], &none, name)) return true;
    }
    return false;
}

bool gamlp_temporary_forget(char *name) {
    for (int i = 0; i < NOTED; i++) {
        char *same = name;
        if (atomic_compare_exchange_strong(&noted[i], &same, NULL)) return true;
    }
    return false;
}

void gamlp_temporaries_remove(void) {
    int error = errno;
    for (int i = 0; i < NOTED; i++) {
        const char *name = atomic_exchange(&noted[i], NULL);
        if (name) unlink(name);
    }
    errno = error;
}

static bool is_temporary(const char *entry, const char *base, size_t size) {
    size_t ending = strlen(GAMLP_TEMPORARY_ENDING) - LETTERS;
    if (strncmp(entry, base, size) != 0 ||
        strncmp(entry + size, GAMLP_TEMPORARY_ENDING, ending) != 0 ||
        strlen(entry) != size + ending + LETTERS)
        return false;
    for (const char *c = entry + size + ending; *c; c++)
        if (!isalnum((unsigned char)*c)) return false;
    return true;
}

static void remove_if_free(int folder, const char *entry) {
    struct stat info;
    int fd = openat(folder, entry, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) return;
    if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && gamlp_temporary_lock(fd) == 0)
        unlinkat(folder, entry, 0);
    close(fd);
}

void gamlp_temporary_sweep(char *path) {
    char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    if (slash) *slash = 0;
    DIR *directory = opendir(!slash ? "." : *path ? path : "/");
    if (slash) *slash = '/';
    if (!directory) return;
    size_t size = strlen(base);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        if (is_temporary(entry->d_name, base, size))
            remove_if_free(dirfd(directory), entry->d_name);
    closedir(directory);
}
