/* A WebSocket load generator on epoll, cheap enough not to be what is measured.
 *
 *   cc -O2 -o load *.c
 *   load --port 8000 --path /ws/ --edit '{"id":"{pk}","name":"{mark}"}' < commands
 *
 * EDITORS of the sockets, the first of them, send the edits by turns; one does by default. It
 * keeps its sockets between the commands that it reads, and answers each with a line of JSON:
 *
 *   open COUNT TOGETHER SECONDS          open so many more, so many at a time
 *   rate EDITS SECONDS DRAIN [EDITORS]   an edit each 1/EDITS s, whether or not the last arrived
 *   closed K SECONDS DRAIN [EDITORS]     always K edits that not yet every socket has
 *   idle SECONDS                         only listen, and answer pings
 *
 * Each edit writes a mark of its own ("zq" and ten hexadecimal digits) into one row after the
 * other, on the base of what its author's socket has seen there. A socket has an edit once a frame
 * shows its mark, or a later one of the same row.
 */
#include "load.h"

struct client client = {.host = "127.0.0.1", .path = "/", .initial = "Product {pk}", .rows = 50};
struct line lines[MOST_LINES];
size_t line_count, alive, unopened, n, first;
int poller;
struct edit *edits;
struct seen seen;
uint32_t *held;
static int editors = 1;
static size_t room;

double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec + at.tv_nsec / 1e9;
}

static double processor(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec +
           (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void *enough(void *memory, size_t size) {
    memory = realloc(memory, size);
    if (!memory) { perror("memory"); exit(2); }
    return memory;
}

static void send_edit(void) {
    if (n == room) edits = enough(edits, (room = 2 * room + 1024) * sizeof *edits);
    struct line *author = NULL;
    for (int i = 0; i < editors && !author; i++)
        if (lines[(n + i) % editors].state == LIVE) author = &lines[(n + i) % editors];
    if (!author) return;
    edits[n] = (struct edit){.sent = now()};
    seen.outstanding++;
    say(author, client.edit, n++);
}

static int ascending(const void *a, const void *b) {
    return (*(float *)a > *(float *)b) - (*(float *)a < *(float *)b);
}

/* A quantile of what was expected, so that what never arrived counts as the slowest; null there. */
static void quantile(const char *name, float *sorted, size_t count, size_t of, double q) {
    size_t at = (size_t)(q * of);
    if (at < count) printf(",\"%s\":%.3f", name, sorted[at] * 1e3);
    else printf(",\"%s\":null", name);
}

static void quantiles(const char *name, float *samples, size_t count, size_t of) {
    char text[32];
    qsort(samples, count, sizeof *samples, ascending);
    sprintf(text, "%s_p50", name);
    quantile(text, samples, count, of, 0.5);
    sprintf(text, "%s_p99", name);
    quantile(text, samples, count, of, 0.99);
}

static void report(double seconds, double spent, size_t in_time, size_t delivered) {
    size_t sent = n - first, expected = sent * alive, lasts = 0;
    float *last = enough(NULL, (sent + 1) * sizeof *last);
    for (size_t i = first; i < n; i++)
        if (edits[i].whole) last[lasts++] = edits[i].last - edits[i].sent;
    printf("{\"seconds\":%.3f,\"sent\":%zu,\"whole\":%zu,\"delivered\":%zu,\"missing\":%zu,"
           "\"refused\":%zu,\"frames\":%zu,\"bytes\":%zu,\"alive\":%zu,\"processor\":%.3f",
           seconds, sent, in_time, delivered,
           expected > seen.deliveries ? expected - seen.deliveries : 0, seen.refused,
           seen.frames, seen.bytes, alive, processor() - spent);
    if (expected > MOST_SAMPLES) expected = seen.took_count;
    quantiles("each", seen.took, seen.took_count, expected);
    quantiles("last", last, lasts, sent);
    if (client.answer) quantiles("answer", seen.answers, seen.answer_count, sent);
    printf("}\n");
    free(last);
}

static void forget(void) {
    first = n;
    seen = (struct seen){.took = seen.took, .answers = seen.answers};
}

static void run(double rate, size_t most, double seconds, double drain, int authors) {
    forget();
    editors = authors < 1 ? 1 : authors;
    double began = now(), spent = processor(), at, end = began + seconds;
    while ((at = now()) < end && alive) {
        double due = rate ? began + (n - first) / rate : 0;
        if (rate && at >= due) { send_edit(); continue; }
        while (!rate && seen.outstanding < most && now() < end) send_edit();
        double wait = rate && due < end ? due - at : end - at;
        turn(wait);
    }
    double passed = now() - began;
    size_t in_time = seen.whole, delivered = seen.deliveries;
    for (end += drain; seen.outstanding && now() < end && alive;) turn(end - now());
    report(passed, spent, in_time, delivered);
}

static void open_more(size_t count, size_t together, double patience) {
    size_t wanted = line_count + count, before = alive, failed = unopened;
    if (wanted > MOST_LINES || wanted * client.rows > 1u << 28) {
        fprintf(stderr, "too many\n");
        exit(2);
    }
    forget();
    held = enough(held, wanted * client.rows * sizeof *held);
    memset(held + line_count * client.rows, 0, count * client.rows * sizeof *held);
    double began = now(), spent = processor();
    while (alive - before + unopened - failed < count && now() < began + patience) {
        while (line_count < wanted &&
               line_count - (wanted - count) - (alive - before) - (unopened - failed) < together)
            start(&lines[line_count++]);
        turn(0.05);
    }
    printf("{\"seconds\":%.3f,\"opened\":%zu,\"alive\":%zu,\"frames\":%zu,\"bytes\":%zu,"
           "\"processor\":%.3f}\n",
           now() - began, alive - before, alive, seen.frames, seen.bytes, processor() - spent);
}

static void idle(double seconds) {
    forget();
    double began = now(), spent = processor();
    for (double end = began + seconds; now() < end;) turn(end - now());
    int closed = 0, code = 0;
    for (size_t i = 0; i < line_count; i++)
        if (lines[i].state == CLOSED) { closed++; code = lines[i].code; }
    printf("{\"seconds\":%.3f,\"alive\":%zu,\"closed\":%d,\"code\":%d,\"frames\":%zu,"
           "\"processor\":%.3f}\n",
           now() - began, alive, closed, code, seen.frames, processor() - spent);
}

static void obey(char *words) {
    double a = 0, b = 0, c = 0, d = 1;
    char name[16] = "";
    sscanf(words, "%15s %lf %lf %lf %lf", name, &a, &b, &c, &d);
    if (!strcmp(name, "open")) open_more(a, b, c);
    else if (!strcmp(name, "rate")) run(a, 0, b, c, d);
    else if (!strcmp(name, "closed")) run(0, a, b, c, d);
    else if (!strcmp(name, "idle")) idle(a);
    else { fprintf(stderr, "no such command: %s\n", words); exit(2); }
    fflush(stdout);
}

static void read_cookies(const char *name) {
    char *text = NULL;
    size_t size = 0;
    ssize_t length;
    FILE *file = fopen(name, "r");
    if (!file) { perror(name); exit(2); }
    while ((length = getline(&text, &size, file)) > 1) {
        text[length - 1] = 0;
        client.cookies = enough(client.cookies, (client.cookie_count + 1) * sizeof *client.cookies);
        client.cookies[client.cookie_count++] = strdup(text);
    }
    fclose(file);
}

static void options(int count, char **words) {
    struct { const char *name, **text; } texts[] = {
        {"--path", &client.path},       {"--subprotocol", &client.subprotocol},
        {"--hello", &client.hello},     {"--ready", &client.ready},
        {"--edit", &client.edit},       {"--ping", &client.ping},
        {"--initial", &client.initial}, {"--refusal", &client.refusal},
        {"--answer", &client.answer},
    };
    for (int i = 1; i + 1 < count; i += 2) {
        bool known = true;
        if (!strcmp(words[i], "--port")) client.port = atoi(words[i + 1]);
        else if (!strcmp(words[i], "--rows")) client.rows = atoi(words[i + 1]);
        else if (!strcmp(words[i], "--cookies")) read_cookies(words[i + 1]);
        else known = false;
        for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
            if (!strcmp(words[i], texts[k].name)) { *texts[k].text = words[i + 1]; known = true; }
        if (!known) { fprintf(stderr, "unknown: %s\n", words[i]); exit(2); }
    }
    if (!client.port || !client.rows) {
        fprintf(stderr, "--port is needed\n");
        exit(2);
    }
}

int main(int count, char **words) {
    char *text = NULL;
    size_t size = 0;
    struct rlimit files;
    options(count, words);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    seen.took = enough(NULL, MOST_SAMPLES * sizeof *seen.took);
    seen.answers = enough(NULL, MOST_SAMPLES * sizeof *seen.answers);
    poller = epoll_create1(0);
    while (getline(&text, &size, stdin) > 1) obey(text);
    return 0;
}
