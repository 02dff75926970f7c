/* A closed-loop load generator: N connections, each with D requests in flight, one thread.
 *
 * Every connection sends the same request again and again. What comes back is cut into answers of
 * one known size. With -i the first two bytes are a transaction id: they are counted up in the
 * requests and have to come back in order. An answer that is too short, too long, late, out of
 * order or an exception is an error and ends its connection.
 *
 * The measurement begins once every connection has had an answer and the warm-up is over. It ends
 * with one line of JSON. The processor time of the server is that of its main thread (/proc). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_TLS
#include <openssl/ssl.h>
static SSL_CTX *tls;
#endif

enum { MOST_DEPTH = 16, MOST_REQUEST = 1024, MOST_ANSWER = 65536, EVENTS = 1024 };
static const double PATIENCE = 120; /* seconds until everybody has had a first answer */

typedef struct {
    int fd, dead;
    uint64_t answered;
    uint16_t next_sent, next_due; /* transaction ids */
    size_t held;                  /* bytes of an incomplete answer */
    uint8_t *input;
#ifdef WITH_TLS
    SSL *ssl;
#endif
} Connection;

static int port, ports = 1, connections = 1, depth = 1, with_ids, with_tls, server;
static double seconds = 0.4, warm_up = 0.1;
static uint8_t request[MOST_REQUEST], hello[MOST_REQUEST], expected[MOST_REQUEST];
static size_t request_size, hello_size, expected_size, answer_size;
static uint64_t errors;
static char reason[96]; /* of the first error */

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    printf("{\"error\": \"%s: %s\"}\n", what, strerror(errno));
    exit(1);
}

static uint64_t processor_time(void) { /* of the server's main thread, in ns */
    char path[64];
    unsigned long long spent = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/schedstat", server, server);
    FILE *file = fopen(path, "r");
    if (!file || fscanf(file, "%llu", &spent) != 1) die(path);
    fclose(file);
    return spent;
}

static size_t from_hex(const char *text, uint8_t *into) {
    size_t size = strlen(text) / 2;
    if (size > MOST_REQUEST) die("a request is too long");
    for (size_t i = 0; i < size; i++) sscanf(text + 2 * i, "%2hhx", into + i);
    return size;
}

static void fail(Connection *c, const char *why) {
    if (!errors++) snprintf(reason, sizeof reason, "%s", why);
    c->dead = 1;
    close(c->fd);
}

static ssize_t put(Connection *c, const uint8_t *data, size_t size) {
#ifdef WITH_TLS
    if (c->ssl) return SSL_write(c->ssl, data, (int)size);
#endif
    return send(c->fd, data, size, MSG_NOSIGNAL);
}

static ssize_t get(Connection *c, uint8_t *into, size_t room) {
#ifdef WITH_TLS
    if (c->ssl) {
        int size = SSL_read(c->ssl, into, (int)room);
        if (size > 0) return size;
        if (SSL_get_error(c->ssl, size) == SSL_ERROR_WANT_READ) errno = EAGAIN;
        else errno = ECONNRESET;
        return -1;
    }
#endif
    return recv(c->fd, into, room, 0);
}

static void ask(Connection *c, int times) {
    static uint8_t batch[MOST_DEPTH * MOST_REQUEST];
    for (int i = 0; i < times; i++) {
        uint8_t *one = batch + i * request_size;
        memcpy(one, request, request_size);
        if (with_ids) {
            one[0] = c->next_sent >> 8;
            one[1] = c->next_sent++ & 0xff;
        }
    }
    size_t size = times * request_size;
    if (put(c, batch, size) != (ssize_t)size) fail(c, "a request could not be sent");
}

static const char *wrong(Connection *c, const uint8_t *answer) {
    if (with_ids) {
        uint16_t id = answer[0] << 8 | answer[1];
        if (id != c->next_due++) return "a transaction id is out of order";
    }
    if (memcmp(answer + 2 * with_ids, expected, expected_size)) return "an answer begins wrongly";
    return NULL;
}

static int take(Connection *c) { /* returns how many answers came */
    ssize_t size = get(c, c->input + c->held, 4 * MOST_ANSWER - c->held);
    if (size <= 0) {
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) fail(c, "a connection was closed");
        return 0;
    }
    int answers = 0;
    size_t at = 0, end = c->held + size;
    for (; end - at >= answer_size; at += answer_size, answers++) {
        const char *why = wrong(c, c->input + at);
        if (why) return fail(c, why), 0;
    }
    if (answers > depth || (answers == depth && at != end)) return fail(c, "too many bytes"), 0;
    c->held = end - at;
    if (at) memmove(c->input, c->input + at, c->held);
    c->answered += answers;
    return answers;
}

static void say_hello(Connection *c) { /* and read up to the empty line of the answer */
    char last[4] = "";
    if (put(c, hello, hello_size) != (ssize_t)hello_size) die("hello");
    while (memcmp(last, "\r\n\r\n", 4)) {
        memmove(last, last + 1, 3);
        if (get(c, (uint8_t *)last + 3, 1) != 1) die("no answer to hello");
    }
}

static void open_connection(Connection *c, int number) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port + number % ports)};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    c->input = malloc(4 * MOST_ANSWER);
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) < 0) die("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef WITH_TLS
    if (with_tls) {
        c->ssl = SSL_new(tls);
        SSL_set_fd(c->ssl, c->fd);
        if (SSL_connect(c->ssl) != 1) die("TLS handshake");
    }
#endif
    if (hello_size) say_hello(c);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
}

static void read_options(int argc, char **argv) {
    int option;
    while ((option = getopt(argc, argv, "p:k:c:d:t:w:r:s:e:h:S:iT")) != -1) switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'k': ports = atoi(optarg); break;
        case 'c': connections = atoi(optarg); break;
        case 'd': depth = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'w': warm_up = atof(optarg); break;
        case 'r': request_size = from_hex(optarg, request); break;
        case 's': answer_size = atoi(optarg); break;
        case 'e': expected_size = from_hex(optarg, expected); break;
        case 'h': hello_size = from_hex(optarg, hello); break;
        case 'S': server = atoi(optarg); break;
        case 'i': with_ids = 1; break;
        case 'T': with_tls = 1; break;
        default: exit(2);
    }
    if (depth > MOST_DEPTH || !answer_size || answer_size > MOST_ANSWER || !request_size) exit(2);
}

int main(int argc, char **argv) {
    static struct epoll_event events[EVENTS];
    signal(SIGPIPE, SIG_IGN);
    read_options(argc, argv);
#ifdef WITH_TLS
    tls = SSL_CTX_new(TLS_client_method());
#else
    if (with_tls) die("made without TLS");
#endif
    Connection *all = calloc(connections, sizeof *all);
    int loop = epoll_create1(0), waiting = connections;
    double begun = now(), everybody = 0, start = 0, end = 0, moment = begun;
    for (int i = 0; i < connections; i++) open_connection(&all[i], i);
    double connected = now();
    for (int i = 0; i < connections; i++) {
        struct epoll_event interest = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(loop, EPOLL_CTL_ADD, all[i].fd, &interest);
        ask(&all[i], depth);
    }
    uint64_t answers = 0, spent = 0;
    while (!end || moment < end) {
        int ready = epoll_wait(loop, events, EVENTS, 50);
        for (int i = 0; i < ready; i++) {
            Connection *c = events[i].data.ptr;
            int first = !c->answered, came = c->dead ? 0 : take(c);
            if (came) ask(c, came);
            if (first && came && !--waiting) everybody = now();
            if (end) answers += came;
        }
        moment = now();
        if (errors || (!everybody && moment - begun > PATIENCE)) break;
        if (!end && everybody && moment - everybody > warm_up) {
            spent = processor_time();
            start = now();
            end = start + seconds;
        }
    }
    if (!end && !errors++) snprintf(reason, sizeof reason, "%d had no answer", waiting);
    printf("{\"answers\": %llu, \"seconds\": %.6f, \"processor\": %.9f, \"connected\": %.6f, "
           "\"everybody\": %.6f, \"errors\": %llu, \"reason\": \"%s\"}\n",
           (unsigned long long)answers, start ? moment - start : 0, (processor_time() - spent) / 1e9,
           connected - begun, everybody - begun, (unsigned long long)errors, reason);
    return 0;
}
