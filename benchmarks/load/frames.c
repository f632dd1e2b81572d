/* What comes in: handshakes, frames, and in them marks, answers and cursors. */
#include "load.h"

void completed(struct edit *one) {
    one->whole = true;
    seen.whole++;
    if (seen.outstanding) seen.outstanding--;
}

static void sample(float *samples, size_t *count, double seconds) {
    if (*count < MOST_SAMPLES) samples[(*count)++] = seconds;
}

static void have(struct line *line, size_t edit_n, double at) {
    uint32_t *last, rows = client.rows;
    if (edit_n >= n) return;
    last = &held[(line - lines) * rows + edit_n % rows];
    if (*last > edit_n) return;
    size_t from = *last ? *last - 1 + rows : edit_n % rows;
    if (from < first) from = first + (edit_n % rows + rows - first % rows) % rows;
    for (size_t i = from; i <= edit_n; i += rows) {
        struct edit *one = &edits[i];
        sample(seen.took, &seen.took_count, at - one->sent);
        one->last = at;
        seen.deliveries++;
        if (++one->got >= alive && !one->whole) completed(one);
    }
    *last = edit_n + 1;
}

static bool is_answer(const char *text, size_t length, double at) {
    const char *answer = client.answer, *refusal = client.refusal;
    const char *found = answer ? memmem(text, length, answer, strlen(answer)) : NULL;
    if (!found) return false;
    size_t which = strtoull(found + strlen(answer), NULL, 10);
    if (which >= first && which < n && !edits[which].answered) {
        edits[which].answered = true;
        sample(seen.answers, &seen.answer_count, at - edits[which].sent);
    }
    if (refusal && memmem(text, length, refusal, strlen(refusal))) {
        seen.refused++;
        if (seen.outstanding) seen.outstanding--;
    }
    return true;
}

static void keep_cursor(struct line *line, const char *text, size_t length) {
    static const char name[] = "\"cursor\":\"";
    bool rows_frame = length > 14 && !memcmp(text, "{\"type\":\"rows\"", 14);
    size_t within = rows_frame || length < 128 ? length : 128;
    const char *found = memmem(text, within, name, sizeof name - 1);
    const char *end = found ? memchr(found + sizeof name - 1, '"', 158) : NULL;
    if (!end) return;
    found += sizeof name - 1;
    memcpy(line->cursor, found, end - found);
    line->cursor[end - found] = 0;
}

static void become_live(struct line *line) {
    line->state = LIVE;
    alive++;
    /* So that not all ping at once. */
    line->pinged = now() - PING_SECONDS * ((line - lines) % 97) / 97;
    line->frames = (line - lines) % PING_FRAMES;
}

static void take(struct line *line, int opcode, char *text, size_t length) {
    double at = now();
    if (opcode == 8) {
        lose(line, length > 1 ? (unsigned char)text[0] << 8 | (unsigned char)text[1] : 1005);
        return;
    }
    if (opcode == 9) { speak(line, 10, text, length); return; }
    if (opcode > 2) return;
    seen.frames++;
    seen.bytes += length;
    if (line->state == GREETING && memmem(text, length, client.ready, strlen(client.ready)))
        become_live(line);
    if (client.ping) keep_cursor(line, text, length);
    if (is_answer(text, length, at)) return;
    char *found = text, *end = text + length;
    while ((found = memmem(found, end - found, MARK, 2)) && end - found >= DIGITS + 2) {
        char digits[DIGITS + 1] = "", *stop;
        memcpy(digits, found += 2, DIGITS);
        size_t which = strtoull(digits, &stop, 16);
        if (stop == digits + DIGITS && line->state == LIVE) have(line, which, at);
    }
    line->bytes += length;
    if (++line->frames >= PING_FRAMES || line->bytes >= PING_BYTES) acknowledge(line, at);
}

static size_t shake(struct line *line, char *text, size_t length) {
    char *end = memmem(text, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (length < 12 || memcmp(text + 9, "101", 3)) {
        lose(line, atoi(text + 9));
        return length;
    }
    line->state = GREETING;
    if (client.hello) say(line, client.hello, 0);
    if (!client.ready) become_live(line);
    return end + 4 - text;
}

static size_t frame(struct line *line, unsigned char *at, size_t length) {
    if (length < 2) return 0;
    size_t size = at[1] & 127, head = size == 126 ? 4 : size == 127 ? 10 : 2;
    if (length < head) return 0;
    if (head > 2)
        for (size_t i = size = 0; i < head - 2; i++) size = size << 8 | at[2 + i];
    if (length < head + size) return 0;
    take(line, at[0] & 15, (char *)at + head, size);
    return head + size;
}

static size_t digest(struct line *line, char *at, size_t length) {
    size_t used = 0, step = 1;
    while (step && used < length && line->state != CLOSED) {
        if (line->state == CONNECTING) step = shake(line, at + used, length - used);
        else step = frame(line, (unsigned char *)at + used, length - used);
        used += step;
    }
    return used;
}

static void hear(struct line *line) {
    static char chunk[CHUNK];
    ssize_t got = recv(line->fd, chunk, sizeof chunk, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) { lose(line, 1006); return; }
    if (!line->in.length) {
        size_t used = digest(line, chunk, got);
        if (line->state != CLOSED) append(&line->in, chunk + used, got - used);
        return;
    }
    append(&line->in, chunk, got);
    size_t used = digest(line, line->in.at, line->in.length);
    memmove(line->in.at, line->in.at + used, line->in.length - used);
    line->in.length -= used;
}

void turn(double seconds) {
    static double looked;
    struct epoll_event events[512];
    int wait = seconds <= 0 ? 0 : seconds > 0.1 ? 100 : (int)(seconds * 1e3);
    int count = epoll_wait(poller, events, 512, wait);
    for (int i = 0; i < count; i++) {
        struct line *line = events[i].data.ptr;
        if (line->state != CLOSED && events[i].events & EPOLLOUT) flush(line);
        if (line->state != CLOSED && events[i].events & ~EPOLLOUT) hear(line);
    }
    double at = now();
    if (!client.ping || at < looked + 0.1) return;
    looked = at;
    for (size_t i = 0; i < line_count; i++)
        if (lines[i].state == LIVE && at > lines[i].pinged + PING_SECONDS)
            acknowledge(&lines[i], at);
}
