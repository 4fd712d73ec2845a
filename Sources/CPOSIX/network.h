/* What Embedded Swift needs of the network: TCP sockets that never block, never raise SIGPIPE and are not
 * inherited by programs that the host starts. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* The TCP addresses of a host, to be released with freeaddrinfo; 0, or an error of getaddrinfo. */
static inline int posix_resolve(const char *host, const char *port, struct addrinfo **found) {
  struct addrinfo hints;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = AI_NUMERICSERV;
  return getaddrinfo(host, port, &hints, found);
}

/* A socket that sends small messages at once and notices in about a minute that the other side is gone; -1 if
 * there is none. */
static inline int posix_tcp_socket(int family) {
  int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (descriptor >= 0) {
    int on = 1, idle = 30, interval = 10, count = 3;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
  }
  return descriptor;
}

/* 0, or errno: EINPROGRESS where poll will tell. */
static inline int posix_connect(int descriptor, const struct addrinfo *address) {
  return connect(descriptor, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
}

/* How a connect in progress ended: 0, or errno. */
static inline int posix_connect_result(int descriptor) {
  int error = 0;
  socklen_t length = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

static inline ssize_t posix_send(int descriptor, const void *bytes, size_t count) {
  return send(descriptor, bytes, count, MSG_NOSIGNAL);
}

static inline ssize_t posix_receive(int descriptor, void *bytes, size_t count) {
  return recv(descriptor, bytes, count, 0);
}

/* Whether nothing has come in and the other side has not hung up. */
static inline int posix_is_idle(int descriptor) {
  char byte;
  return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

/* Waits until the socket can be written (or read), for so many milliseconds: above 0, 0 when the time is
 * over, or -1. */
static inline int posix_wait(int descriptor, int writing, int milliseconds) {
  struct pollfd entry;
  entry.fd = descriptor;
  entry.events = writing ? POLLOUT : POLLIN;
  entry.revents = 0;
  return poll(&entry, 1, milliseconds);
}

/* Sleeps. */
static inline void posix_pause(int milliseconds) {
  (void)poll(NULL, 0, milliseconds);
}

/* Whether the text is a numeric address rather than a name; `ai_family` of it, or 0. */
static inline int posix_address_family(const char *host) {
  struct addrinfo hints, *found = NULL;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_flags = AI_NUMERICHOST;
  if (getaddrinfo(host, NULL, &hints, &found) != 0) {
    return 0;
  }
  int family = found->ai_family;
  freeaddrinfo(found);
  return family;
}
