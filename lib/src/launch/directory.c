/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "launch/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/temporary.h"
#include "core/text.h"
#include "gamlp/alloc.h"

static const char head[] = "gamlp-", lock_name[] = "lock";

static const char *base_now(void) {
    const char *base = getenv("TMPDIR");
    return base && base[0] ? base : "/tmp";
}

static void remove_files(int folder) {
    const struct dirent *entry;
    DIR *directory = fdopendir(dup(folder));
    if (!directory) return;
    while ((entry = readdir(directory)) != NULL)
        if (entry->d_name[0] != '.') unlinkat(folder, entry->d_name, 0);
    closedir(directory);
}

/* Whether the lock in this folder of ours is free: its process has ended.  A folder without one is
 * about to be locked.  *lock is to be closed. */
static bool is_abandoned(int folder, int *lock) {
    struct stat info;
    *lock = openat(folder, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    return *lock >= 0 && fstat(folder, &info) == 0 && info.st_uid == geteuid() &&
           fstat(*lock, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == geteuid() &&
           gamlp_temporary_lock(*lock) == 0;
}

static void sweep_one(int base, const char *name) {
    int lock, folder = openat(base, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return;
    if (is_abandoned(folder, &lock)) {
        remove_files(folder);
        unlinkat(base, name, AT_REMOVEDIR);
    }
    if (lock >= 0) close(lock);
    close(folder);
}

static void sweep(const char *base) {
    DIR *directory = opendir(base);
    const struct dirent *entry;
    if (!directory) return;
    while ((entry = readdir(directory)) != NULL)
        if (strncmp(entry->d_name, head, sizeof head - 1) == 0)
            sweep_one(dirfd(directory), entry->d_name);
    closedir(directory);
}

/* Who sweeps may be faster than we with a folder that has just been made: then *lock is -1, and
 * there must be another one. */
static gamlp_status lock_folder(int *lock, const char *path) {
    struct stat info;
    char *name;
    gamlp_status status = gamlp_text_format(&name, "%s/%s", path, lock_name);
    if (status != GAMLP_OK) return status;
    *lock = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int reason = errno;
    gamlp_free(name);
    if (*lock < 0)
        return reason == ENOENT ? GAMLP_OK
                                : gamlp_fail(GAMLP_E_CREATE, "%s/%s: cannot create: %s", path,
                                             lock_name, strerror(reason));
    bool swept = gamlp_temporary_lock(*lock) == EWOULDBLOCK;
    if (!swept && fstat(*lock, &info) == 0 && info.st_nlink > 0) return GAMLP_OK;
    close(*lock);
    *lock = -1;
    return GAMLP_OK;
}

static gamlp_status check_length(const char *base) {
    size_t room = sizeof((struct sockaddr_un *)0)->sun_path;
    size_t used = sizeof head - 1 + strlen("/XXXXXX/") + GAMLP_DIRECTORY_NAME + 1;
    if (strlen(base) + used <= room) return GAMLP_OK;
    return gamlp_fail(GAMLP_E_CONFIG,
                      "TMPDIR %s: paths of sockets are short, expected at most %zu characters (or "
                      "say --transport tcp)",
                      base, room - used);
}

gamlp_status gamlp_directory_private(gamlp_directory *directory) {
    enum { ATTEMPTS = 100 };
    const char *base = base_now();
    gamlp_status status = check_length(base);
    *directory = (gamlp_directory){.lock = -1};
    if (status != GAMLP_OK) return status;
    sweep(base);
    for (int i = 0; i < ATTEMPTS && directory->lock < 0; i++) {
        gamlp_free(directory->path);
        directory->path = NULL;
        GAMLP_TRY(gamlp_text_format(&directory->path, "%s/%sXXXXXX", base, head));
        if (!mkdtemp(directory->path))
            GAMLP_TRY(gamlp_fail(GAMLP_E_CREATE, "%s: cannot create directory: %s", directory->path,
                                 strerror(errno)));
        GAMLP_TRY(lock_folder(&directory->lock, directory->path));
    }
    if (directory->lock < 0)
        status = gamlp_fail(GAMLP_E_CREATE, "%s: cannot lock a directory in it", base);
done:
    if (status != GAMLP_OK) {
        gamlp_free(directory->path);
        *directory = (gamlp_directory){0};
    }
    return status;
}

void gamlp_directory_remove(gamlp_directory *directory) {
    if (!directory->path) return;
    int folder = open(directory->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0) {
        remove_files(folder);
        close(folder);
    }
    rmdir(directory->path);
    close(directory->lock);
    gamlp_free(directory->path);
    *directory = (gamlp_directory){0};
}
