// Books over keep-alive connections, each sending its next request when its last one was answered, and says
// how long the answers took. One thread and epoll: the machine is shared with what is measured, so this has
// to be cheap.
#include <arpa/inet.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace json = boost::json;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAnswersWithin{15'000};  // after the last request was sent
constexpr milliseconds kLook{100};
constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
constexpr std::size_t kSampleBytes = 400;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
// Neighbours in time are far apart in order: a prime, so that it visits every window before it comes back.
constexpr std::uint64_t kStride = 104'729;

struct Options {
  std::uint16_t port = 0;
  int clients = 1;
  double seconds = 5;
  std::string tokens_file;
  std::string pool;
  std::string device_class;
  std::int64_t from = 0;  // Unix seconds
  std::int64_t to = 0;
  std::int64_t step_seconds = 1800;
  std::int64_t length_seconds = 7200;
  std::string run;  // part of every key, so that no two runs share one
  std::uint64_t skip = 0;
};

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error(what);
}

/// An open socket, closed at its end.
class Socket {
 public:
  explicit Socket(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (descriptor_ < 0) give_up("cannot make a socket");
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
      ::close(descriptor_);
      give_up(fmt::format("cannot connect to port {}", port));
    }
  }
  ~Socket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  int descriptor() const { return descriptor_; }

  /// A request is far smaller than the socket's empty buffer, so this does not wait.
  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) give_up("the portal took no more bytes");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

 private:
  int descriptor_;
};

/// The length of the whole answer that `bytes` begin with; 0 as long as the head is not whole.
std::size_t answer_length(std::string_view bytes) {
  const auto head = bytes.find(kHeadEnd);
  if (head == std::string_view::npos) return 0;
  std::string lower(bytes.substr(0, head));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  constexpr std::string_view kName = "\r\ncontent-length:";
  const auto at = lower.find(kName);
  if (at == std::string::npos) give_up("an answer without Content-Length");
  auto begin = at + kName.size();
  while (begin < lower.size() && lower[begin] == ' ') ++begin;
  std::size_t body = 0;
  const auto [rest, error] = std::from_chars(lower.data() + begin, lower.data() + lower.size(), body);
  if (error != std::errc() || rest == lower.data() + begin) give_up("a Content-Length that is no number");
  return head + kHeadEnd.size() + body;
}

int status_of(std::string_view bytes) {
  constexpr std::size_t kAt = std::string_view("HTTP/1.1 ").size();
  int status = 0;
  if (bytes.size() < kAt + 3) give_up("an answer without a status");
  std::from_chars(bytes.data() + kAt, bytes.data() + kAt + 3, status);
  return status;
}

/// One request after the other, each with a window and a key of its own.
class Requests {
 public:
  Requests(const Options& options, std::vector<std::string> tokens)
      : options_(options), tokens_(std::move(tokens)), number_(options.skip) {
    const auto span = options.to - options.from - options.length_seconds;
    if (span < options.step_seconds) give_up("--from and --to leave no room for a window");
    windows_ = static_cast<std::uint64_t>(span / options.step_seconds);
    if (windows_ % kStride == 0) give_up("the number of windows may not be a multiple of the stride");
  }

  std::string next() {
    const auto place = static_cast<std::int64_t>(number_ * kStride % windows_);
    const auto start = options_.from + place * options_.step_seconds;
    const auto body = fmt::format(
        R"({{"pool":"{}","device_class":"{}","units":1,"start":"{}","end":"{}","name":"load {}"}})",
        options_.pool, options_.device_class, instant(start), instant(start + options_.length_seconds),
        number_);
    auto request = fmt::format(
        "POST /api/v1/reservations HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n"
        "Idempotency-Key: {}-{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        options_.port, tokens_[number_ % tokens_.size()], options_.run, number_, body.size(), body);
    ++number_;
    return request;
  }

 private:
  static std::string instant(std::int64_t seconds) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
  }

  const Options& options_;
  std::vector<std::string> tokens_;
  std::uint64_t number_;
  std::uint64_t windows_ = 0;
};

struct Client {
  Socket socket;
  std::string received;
  Steady::time_point sent_at;
  bool waits = false;
};

struct Tally {
  std::vector<double> booked_millis;
  std::map<int, std::uint64_t> others;  // by status
  std::string sample;                   // of an answer that is no 201

  void note(std::string_view answer, double millis) {
    const int status = status_of(answer);
    if (status == 201) {
      booked_millis.push_back(millis);
      return;
    }
    ++others[status];
    if (sample.empty()) sample = answer.substr(answer.find(kHeadEnd) + kHeadEnd.size(), kSampleBytes);
  }
};

/// Reads what there is; true when the answer is whole.
bool receive(Client& client) {
  std::array<char, 16 * 1024> bytes;
  const auto got = ::recv(client.socket.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got <= 0) give_up("the portal closed a connection that waited for an answer");
  client.received.append(bytes.data(), static_cast<std::size_t>(got));
  if (client.received.size() > kMaxAnswerBytes) give_up("an answer without end");
  const auto length = answer_length(client.received);
  return length != 0 && client.received.size() >= length;
}

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto last = static_cast<double>(sorted.size() - 1);
  return sorted[static_cast<std::size_t>(last * share + 0.5)];
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

json::object run(const Options& options, std::vector<std::string> tokens) {
  Requests requests(options, std::move(tokens));
  const int events = ::epoll_create1(EPOLL_CLOEXEC);
  if (events < 0) give_up("cannot make an epoll");
  std::vector<Client> clients;
  for (int i = 0; i < options.clients; ++i) clients.push_back({Socket(options.port), {}, {}, false});
  for (std::size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(events, EPOLL_CTL_ADD, clients[i].socket.descriptor(), &event) != 0)
      give_up("cannot watch a socket");
  }

  Tally tally;
  const auto begun = Steady::now();
  const auto last_send =
      begun + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(options.seconds));
  const double cpu_before = cpu_seconds();
  std::size_t waiting = 0;
  const auto send_next = [&](Client& client) {
    const auto request = requests.next();
    client.sent_at = Steady::now();
    client.socket.send(request);
    client.waits = true;
    ++waiting;
  };
  for (auto& client : clients) send_next(client);
  std::array<epoll_event, 64> ready;
  while (waiting > 0) {
    const int count =
        ::epoll_wait(events, ready.data(), static_cast<int>(ready.size()), static_cast<int>(kLook.count()));
    const auto now = Steady::now();
    if (now > last_send + kAnswersWithin) break;
    for (int i = 0; i < count; ++i) {
      auto& client = clients[ready[static_cast<std::size_t>(i)].data.u64];
      if (!receive(client)) continue;
      const auto answered = Steady::now();
      tally.note(client.received,
                 std::chrono::duration<double, std::milli>(answered - client.sent_at).count());
      client.received.clear();
      client.waits = false;
      --waiting;
      if (answered < last_send) send_next(client);
    }
  }
  const double took = std::chrono::duration<double>(Steady::now() - begun).count();
  ::close(events);

  std::sort(tally.booked_millis.begin(), tally.booked_millis.end());
  json::object others;
  for (const auto& [status, count] : tally.others) others[std::to_string(status)] = count;
  return {{"booked", tally.booked_millis.size()},
          {"others", others},
          {"unanswered", waiting},
          {"sample", tally.sample},
          {"seconds", took},
          {"per_second", static_cast<double>(tally.booked_millis.size()) / took},
          {"p50_ms", percentile(tally.booked_millis, 0.5)},
          {"p99_ms", percentile(tally.booked_millis, 0.99)},
          {"cpu_seconds", cpu_seconds() - cpu_before}};
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Books as fast as the portal answers; prints one JSON object", "booking_load");
  app.add_option("--port", options.port)->required();
  app.add_option("--clients", options.clients)->required()->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds)->required()->check(CLI::Range(0.1, 600.0));
  app.add_option("--tokens", options.tokens_file,
                 "File with a bearer token a line; each request takes the next")
      ->required();
  app.add_option("--pool", options.pool)->required();
  app.add_option("--class", options.device_class)->required();
  app.add_option("--from", options.from, "Unix seconds, on a step")->required();
  app.add_option("--to", options.to, "Unix seconds")->required();
  app.add_option("--step-seconds", options.step_seconds)->check(CLI::Range(60, 86'400));
  app.add_option("--length-seconds", options.length_seconds)->check(CLI::Range(60, 604'800));
  app.add_option("--run", options.run)->required();
  app.add_option("--skip", options.skip, "Windows that earlier runs took");
  CLI11_PARSE(app, argc, argv);
  try {
    std::ifstream file(options.tokens_file);
    std::vector<std::string> tokens;
    for (std::string line; std::getline(file, line);) tokens.push_back(line);
    if (tokens.empty()) give_up("no tokens in " + options.tokens_file);
    std::cout << json::serialize(run(options, std::move(tokens))) << '\n';
    return 0;
  } catch (const std::exception& fault) {
    std::cerr << "booking_load: " << fault.what() << '\n';
    return 1;
  }
}
