/* What the parts of the generator share: see load.c. */
#ifndef LOAD_H
#define LOAD_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MARK "zq"
#define DIGITS 10
#define PING_FRAMES 64
#define PING_BYTES (256 << 10)
#define PING_SECONDS 20.0
#define MOST_SAMPLES (8 << 20)
#define MOST_LINES 20000
#define CHUNK (256 << 10)

enum state { NONE, CONNECTING, GREETING, LIVE, CLOSED };
struct buffer { char *at; size_t length, room; };
struct line {
    int fd, code;
    enum state state;
    bool waits; /* until it can be written to */
    struct buffer in, out;
    char cursor[160];
    size_t frames, bytes; /* since the last ping */
    double pinged;
};
struct edit { double sent, last; uint32_t got; bool whole, answered; };

/* How a client of this server speaks: the options. */
struct client {
    const char *host, *path, *subprotocol, *hello, *ready, *edit, *ping, *refusal, *answer;
    const char *initial;
    int port;
    uint32_t rows;
    char **cookies;
    size_t cookie_count;
};
extern struct client client;

extern struct line lines[MOST_LINES];
extern size_t line_count, alive, unopened;
extern int poller;

/* The edits of this process, of which `first` is the first of the run under way. */
extern struct edit *edits;
extern size_t n, first;

/* What the run under way has seen. */
struct seen {
    size_t whole, outstanding, refused, frames, bytes, deliveries, took_count, answer_count;
    float *took, *answers;
};
extern struct seen seen;
extern uint32_t *held; /* for each socket and row: 1 + the last edit that it has */

double now(void);
void *enough(void *memory, size_t size);

/* sockets.c */
void start(struct line *line);
void flush(struct line *line);
void lose(struct line *line, int code);
void speak(struct line *line, int opcode, const char *text, size_t length);
void say(struct line *line, const char *template, size_t edit_n);
void acknowledge(struct line *line, double at);
void append(struct buffer *buffer, const void *what, size_t length);

/* frames.c */
void completed(struct edit *one);
void turn(double seconds);
#endif
