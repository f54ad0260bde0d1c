#include "load.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace berth::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kLookMillis = 100;
constexpr std::size_t kMaxAnswerBytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kSampleBytes = 400;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n";

/// An open descriptor, closed at its end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }

 private:
  int number_;
};

Descriptor connect_to(std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0) give_up("cannot make a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  if (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::setsockopt(socket.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
    give_up(fmt::format("cannot connect to port {}", port));
  }
  return socket;
}

/// A request is far smaller than the socket's empty buffer, so this does not wait.
void send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) give_up("the server took no more bytes");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

int status_of(std::string_view head) {
  constexpr std::size_t kAt = std::string_view("HTTP/1.1 ").size();
  int status = 0;
  if (head.size() < kAt + 3) give_up("an answer without a status");
  std::from_chars(head.data() + kAt, head.data() + kAt + 3, status);
  return status;
}

struct Client {
  Descriptor socket;
  std::string received;
  std::size_t head = 0;      // bytes of it with the empty line; 0 until it is whole
  std::size_t expected = 0;  // bytes of the whole answer; 0 for one in chunks
  Steady::time_point sent_at;

  Answer answer() const {
    const std::string_view whole(received);
    const auto text = whole.substr(0, head);
    return {status_of(text), text, whole.substr(head)};
  }
};

void read_head(Client& client) {
  const auto end = client.received.find(kHeadEnd);
  if (end == std::string::npos) return;
  client.head = end + kHeadEnd.size();
  const auto answer = client.answer();
  const auto length = answer.header("Content-Length");
  std::size_t body = 0;
  if (!length.empty()) {
    const auto [rest, error] = std::from_chars(length.data(), length.data() + length.size(), body);
    if (error != std::errc() || rest == length.data()) give_up("a Content-Length that is no number");
  } else if (!answer.header("Transfer-Encoding").empty()) {
    client.expected = 0;
    return;
  } else if (answer.status != 204 && answer.status != 304) {
    give_up("an answer without Content-Length");
  }
  client.expected = client.head + (answer.status == 304 ? 0 : body);  // it tells the length of what it spares
}

/// Reads what there is; true when the answer is whole.
bool receive(Client& client) {
  std::array<char, std::size_t{64} * 1024> bytes;
  const auto got = ::recv(client.socket.number(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got <= 0) give_up("the server closed a connection that waited for an answer");
  client.received.append(bytes.data(), static_cast<std::size_t>(got));
  if (client.received.size() > kMaxAnswerBytes) give_up("an answer without end");
  if (client.head == 0) read_head(client);
  if (client.head == 0) return false;
  return client.expected != 0 ? client.received.size() >= client.expected
                              : client.received.ends_with(kLastChunk);
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(static_cast<double>(sorted.size() - 1) * share + 0.5)];
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Steady::duration in_clock(double seconds) {
  return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

void give_up(const std::string& what) {
  throw std::runtime_error(what);
}

std::string_view Answer::header(std::string_view name) const {
  std::string_view rest = head.substr(std::min(head.size(), head.find("\r\n")));
  while (rest.size() > 2) {
    rest.remove_prefix(2);
    const auto line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size());
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !same_name(line.substr(0, colon), name)) continue;
    const auto value = line.substr(colon + 1);
    return value.substr(std::min(value.size(), value.find_first_not_of(' ')));
  }
  return {};
}

LoadEnd drive(const Load& load, const Next& next, const Note& note) {
  const Descriptor events(::epoll_create1(EPOLL_CLOEXEC));
  if (events.number() < 0) give_up("cannot make an epoll");
  std::vector<Client> clients;
  for (std::size_t i = 0; i < static_cast<std::size_t>(load.clients); ++i) {
    clients.push_back({connect_to(load.port_of(i)), {}, 0, 0, {}});
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(events.number(), EPOLL_CTL_ADD, clients[i].socket.number(), &event) != 0)
      give_up("cannot watch a socket");
  }

  const double cpu_before = cpu_seconds();
  const auto begun = Steady::now();
  const auto last_send = begun + in_clock(load.seconds);
  const auto last_answer = last_send + in_clock(load.answers_within);
  std::size_t waiting = 0;
  const auto send_next = [&](std::size_t i) {
    const auto request = next(i);
    clients[i].sent_at = Steady::now();
    send_all(clients[i].socket, request);
    ++waiting;
  };
  for (std::size_t i = 0; i < clients.size(); ++i) send_next(i);
  std::array<epoll_event, 64> ready;
  while (waiting > 0 && Steady::now() <= last_answer) {
    const int count =
        ::epoll_wait(events.number(), ready.data(), static_cast<int>(ready.size()), kLookMillis);
    for (int at = 0; at < count; ++at) {
      const std::size_t i = ready[static_cast<std::size_t>(at)].data.u64;
      auto& client = clients[i];
      if (!receive(client)) continue;
      const auto answered = Steady::now();
      note(i, client.answer(), std::chrono::duration<double, std::milli>(answered - client.sent_at).count());
      client.received.clear();
      client.head = client.expected = 0;
      --waiting;
      if (answered < last_send) send_next(i);
    }
  }
  return {std::chrono::duration<double>(Steady::now() - begun).count(), cpu_seconds() - cpu_before, waiting};
}

void Tally::note(bool good, const Answer& answer, double millis) {
  if (good) {
    good_millis.push_back(millis);
    return;
  }
  ++others[answer.status];
  if (sample.empty()) sample = answer.body.substr(0, kSampleBytes);
}

boost::json::object summary(Tally tally, const LoadEnd& end) {
  auto& millis = tally.good_millis;
  std::sort(millis.begin(), millis.end());
  boost::json::object others;
  for (const auto& [status, count] : tally.others) others[std::to_string(status)] = count;
  return {{"good", millis.size()},
          {"others", others},
          {"unanswered", end.unanswered},
          {"sample", tally.sample},
          {"seconds", end.seconds},
          {"per_second", static_cast<double>(millis.size()) / end.seconds},
          {"p50_ms", percentile(millis, 0.5)},
          {"p99_ms", percentile(millis, 0.99)},
          {"p999_ms", percentile(millis, 0.999)},
          {"highest_ms", millis.empty() ? 0 : millis.back()},
          {"cpu_seconds", end.cpu_seconds}};
}

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream file(name);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  if (lines.empty()) give_up("nothing in " + name);
  return lines;
}

}  // namespace berth::bench
