/* A server on libmodbus with one block of input registers, its sockets in one epoll set. */
#include <arpa/inet.h>
#include <modbus.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REGISTERS = 6000, EVENTS = 1024, BACKLOG = 1024 };

int main(void) {
    static struct epoll_event events[EVENTS];
    uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int on = 1, loop = epoll_create1(0), listening = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGPIPE, SIG_IGN);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listening, (struct sockaddr *)&address, sizeof address)) return 1;
    if (listen(listening, BACKLOG)) return 1;
    getsockname(listening, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);

    modbus_t *modbus = modbus_new_tcp("127.0.0.1", 0);
    modbus_mapping_t *image = modbus_mapping_new(0, 0, 0, REGISTERS);
    struct epoll_event interest = {.events = EPOLLIN, .data.fd = listening};
    epoll_ctl(loop, EPOLL_CTL_ADD, listening, &interest);
    for (;;) {
        int ready = epoll_wait(loop, events, EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listening) {
                interest.data.fd = accept(listening, NULL, NULL);
                setsockopt(interest.data.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
                epoll_ctl(loop, EPOLL_CTL_ADD, interest.data.fd, &interest);
                continue;
            }
            modbus_set_socket(modbus, fd);
            int length = modbus_receive(modbus, query);
            if (length < 0) close(fd);
            else if (length > 0) modbus_reply(modbus, query, length, image);
        }
    }
}
