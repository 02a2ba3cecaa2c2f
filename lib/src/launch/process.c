/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE
#include "launch/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void gamlp_process_init(gamlp_process *process) {
    *process = (gamlp_process){.watch = -1, .input = -1};
}

static void shut(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

/* Signals that a program of ours ignores or handles are as usual again, none is blocked, and the
 * group is new. */
static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t usual, none;
    sigemptyset(&none);
    sigemptyset(&usual);
    static const int number[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof number / sizeof number[0]; i++) sigaddset(&usual, number[i]);
    int error = posix_spawnattr_setsigmask(attributes, &none);
    if (!error) error = posix_spawnattr_setsigdefault(attributes, &usual);
    if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
    if (!error)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return error;
}

static int set_files(posix_spawn_file_actions_t *files, int input, const char *log) {
    int error = posix_spawn_file_actions_adddup2(files, input, STDIN_FILENO);
    if (!error && log)
        error = posix_spawn_file_actions_addopen(files, STDOUT_FILENO, log,
                                                 O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (!error && log)
        error = posix_spawn_file_actions_adddup2(files, STDOUT_FILENO, STDERR_FILENO);
    return error;
}

static int spawn(gamlp_process *process, const char *const *words, const char *log, int input) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    pid_t pid = 0;
    char *const *argument; /* POSIX: the texts are not changed, but its declaration cannot say so */
    memcpy(&argument, &words, sizeof argument);
    int error = posix_spawn_file_actions_init(&files);
    if (error) return error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        error = set_attributes(&attributes);
        if (!error) error = set_files(&files, input, log);
        if (!error) error = posix_spawnp(&pid, words[0], &files, &attributes, argument, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    if (!error) process->pid = pid;
    return error;
}

gamlp_status gamlp_process_start(gamlp_process *process, const char *const *words,
                                 const char *log) {
    int ends[2];
    gamlp_process_init(process);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return gamlp_fail(GAMLP_E_IO, "%s: no pipe: %s", words[0], strerror(errno));
    int error = spawn(process, words, log, ends[0]);
    close(ends[0]);
    if (error) {
        close(ends[1]);
        return gamlp_fail(error == ENOENT || error == EACCES ? GAMLP_E_NOINPUT : GAMLP_E_IO,
                          "%s: cannot be started: %s", words[0], strerror(error));
    }
    process->input = ends[1];
    process->watch = (int)syscall(SYS_pidfd_open, process->pid, 0);
    if (process->watch >= 0) fcntl(process->watch, F_SETFD, FD_CLOEXEC);
    return GAMLP_OK;
}

gamlp_status gamlp_process_write(const gamlp_process *process, const void *data, size_t size) {
    const char *from = data;
    while (size > 0) {
        ssize_t done = write(process->input, from, size);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0)
            return gamlp_fail(GAMLP_E_IO, "process %d does not read its input: %s", process->pid,
                              strerror(errno));
        from += done;
        size -= (size_t)done;
    }
    return GAMLP_OK;
}

static bool reap(gamlp_process *process) {
    if (process->ended || process->pid == 0) return true;
    pid_t got = waitpid(process->pid, &process->result, WNOHANG);
    if (got == 0 || (got < 0 && errno == EINTR)) return false;
    if (got < 0) process->result = 0; /* somebody else waited for it */
    process->ended = true;
    return true;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

bool gamlp_process_wait(gamlp_process *process, double seconds) {
    double end = now() + seconds;
    while (!reap(process)) {
        double left = end - now();
        if (left <= 0) return false;
        int pause = left < 3600 ? (int)(1000 * left) + 1 : 3600000;
        struct pollfd watch = {.fd = process->watch, .events = POLLIN};
        if (process->watch < 0 && pause > 10) pause = 10; /* a kernel without pidfd_open() */
        poll(&watch, process->watch >= 0, pause);
    }
    return true;
}

void gamlp_process_signal(const gamlp_process *process, int number) {
    if (process->pid > 0 && !process->ended) kill(process->pid, number);
}

void gamlp_process_signal_group(const gamlp_process *process, int number) {
    if (process->pid > 0 && !process->ended) kill(-process->pid, number);
}

void gamlp_process_end(gamlp_process *process, double seconds) {
    if (process->pid > 0) {
        shut(&process->input);
        if (!gamlp_process_wait(process, seconds)) {
            gamlp_process_signal_group(process, SIGKILL);
            gamlp_process_signal(process, SIGKILL);
            gamlp_process_wait(process, 3600);
        }
    }
    shut(&process->input);
    shut(&process->watch);
    gamlp_process_init(process);
}

void gamlp_process_describe(char *text, size_t size, const gamlp_process *process) {
    int result = process->result;
    if (process->pid == 0)
        snprintf(text, size, "was not started");
    else if (!process->ended)
        snprintf(text, size, "is running");
    else if (WIFSIGNALED(result))
        snprintf(text, size, "was killed by signal %d (%s)", WTERMSIG(result),
                 strsignal(WTERMSIG(result)));
    else
        snprintf(text, size, "exited with status %d", WEXITSTATUS(result));
}
