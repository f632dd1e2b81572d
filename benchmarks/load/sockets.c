/* Sockets, and what is said on them: templates are filled in, frames are masked. */
#include "load.h"

void append(struct buffer *buffer, const void *what, size_t length) {
    if (buffer->length + length > buffer->room) {
        buffer->room = 2 * (buffer->length + length);
        buffer->at = enough(buffer->at, buffer->room);
    }
    memcpy(buffer->at + buffer->length, what, length);
    buffer->length += length;
}

static size_t epoch(void) {
    static size_t began;
    if (!began) began = (size_t)time(NULL) << 20 ^ getpid();
    return began;
}

static void fill(char *to, size_t size, const char *template, size_t edit_n, struct line *line) {
    char *end = to + size - 1, value[192], base[64];
    for (; *template && to < end; template++) {
        if (*template != '{') { *to++ = *template; continue; }
        value[0] = 0;
        if (!strncmp(template, "{pk}", 4)) sprintf(value, "%zu", 1 + edit_n % client.rows);
        else if (!strncmp(template, "{n}", 3)) sprintf(value, "%zu", edit_n);
        else if (!strncmp(template, "{mark}", 6)) sprintf(value, MARK "%010zx", edit_n);
        else if (!strncmp(template, "{cursor}", 8)) strcpy(value, line->cursor);
        else if (!strncmp(template, "{client}", 8))
            sprintf(value, "%016zx%016zx", epoch(), (size_t)(line - lines));
        else if (!strncmp(template, "{base}", 6)) {
            uint32_t has = held[(line - lines) * client.rows + edit_n % client.rows];
            if (has) sprintf(base, MARK "%010x", has - 1);
            else fill(base, sizeof base, client.initial, edit_n, line);
            strcpy(value, base);
        } else { *to++ = *template; continue; }
        to += snprintf(to, end - to, "%s", value);
        template = strchr(template, '}');
    }
    *(to < end ? to : end) = 0;
}

static void watch(struct line *line, int how) {
    line->waits = line->out.length;
    struct epoll_event event = {EPOLLIN | (line->waits ? EPOLLOUT : 0), {.ptr = line}};
    epoll_ctl(poller, how, line->fd, &event);
}

void lose(struct line *line, int code) {
    if (line->state == CLOSED || line->state == NONE) return;
    close(line->fd);
    if (line->state == LIVE) alive--;
    else unopened++;
    line->state = CLOSED;
    line->code = code;
    for (size_t i = first; i < n; i++)
        if (!edits[i].whole && edits[i].got >= alive) completed(&edits[i]);
}

void flush(struct line *line) {
    size_t sent = 0;
    while (sent < line->out.length) {
        ssize_t done = send(line->fd, line->out.at + sent, line->out.length - sent, MSG_NOSIGNAL);
        if (done < 0 && errno == EAGAIN) break;
        if (done < 0) { lose(line, 1006); return; }
        sent += done;
    }
    memmove(line->out.at, line->out.at + sent, line->out.length - sent);
    line->out.length -= sent;
    if (line->waits != (line->out.length > 0)) watch(line, EPOLL_CTL_MOD);
}

void speak(struct line *line, int opcode, const char *text, size_t length) {
    /* Masked with zeros, which leaves the text as it is. */
    unsigned char head[14] = {0x80 | opcode, 0x80 | (length < 126 ? length : 126)};
    size_t size = 2;
    if (length >= 126) { head[2] = length >> 8; head[3] = length; size = 4; }
    append(&line->out, head, size + 4);
    append(&line->out, text, length);
    flush(line);
}

void say(struct line *line, const char *template, size_t edit_n) {
    char text[8192];
    fill(text, sizeof text, template, edit_n, line);
    speak(line, 1, text, strlen(text));
}

void acknowledge(struct line *line, double at) {
    line->frames = line->bytes = 0;
    line->pinged = at;
    if (client.ping && line->state == LIVE && line->cursor[0]) say(line, client.ping, 0);
}

void start(struct line *line) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(client.port)};
    int on = 1;
    inet_pton(AF_INET, client.host, &where.sin_addr);
    line->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (line->fd < 0) { perror("socket"); exit(2); }
    setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    line->state = CONNECTING;
    line->pinged = now();
    if (connect(line->fd, (struct sockaddr *)&where, sizeof where) && errno != EINPROGRESS) {
        lose(line, 1006);
        return;
    }
    char text[2048], *to = text;
    to += sprintf(to, "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n", client.path,
                  client.host, client.port);
    to += sprintf(to, "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    if (client.subprotocol)
        to += sprintf(to, "Sec-WebSocket-Protocol: %s\r\n", client.subprotocol);
    if (client.cookie_count)
        to += sprintf(to, "Cookie: sessionid=%s\r\n",
                      client.cookies[(line - lines) % client.cookie_count]);
    to += sprintf(to, "\r\n");
    append(&line->out, text, to - text);
    watch(line, EPOLL_CTL_ADD); /* and is written as soon as it is connected */
}
