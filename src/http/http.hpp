// The HTTP edge: one I/O thread that reads and writes, a fixed pool of workers that run plain synchronous
// handlers. It knows HTTP and limits; it knows no word of Berth. Beast and Asio stay behind this face.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/result.hpp"
#include "http/fair_queue.hpp"

namespace berth::http {

/// Names compare without case. Order is kept.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first header of that name, or nothing.
std::optional<std::string_view> find_header(const Headers& headers, std::string_view name);

struct Request {
  std::string method;  // upper case letters and '-'
  /// Percent-decoded UTF-8, begins with '/', no dot segments, no control characters, no encoded '/'.
  std::string path;
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  Headers headers;
  std::string body;
  std::string peer;  // address of the other end, without port; or who ServerSettings::peer_of says it is
  std::string request_id;  // from X-Request-Id when it is well formed ([A-Za-z0-9._-]{1,64}), else made here
  std::vector<std::pair<std::string, std::string>> params;  // what the router matched: {id} -> value

  std::optional<std::string_view> header(std::string_view name) const { return find_header(headers, name); }
  std::optional<std::string_view> query_value(std::string_view name) const;
  /// A parameter of the route's pattern; the empty string when the pattern has none of that name.
  std::string_view param(std::string_view name) const;
};

/// The open end of an answer that goes on: server-sent events, a watch. Any thread may write; nothing blocks.
/// The queue is bounded in bytes: a reader that is too slow is cut off, and `open` turns false.
class Stream {
 public:
  /// Dropping the last handle without `finish` cuts the answer off, so that a reader can tell it from a whole
  /// one.
  virtual ~Stream() = default;
  /// Queues bytes. False when the other end is gone, was too slow, or `finish` was called.
  virtual bool send(std::string bytes) = 0;
  /// What is queued is still sent, then the answer ends properly.
  virtual void finish() = 0;
  virtual bool open() const = 0;
};

struct Response;

/// An answer that is still owed, by whoever holds this; for as long as that takes. Any thread; nothing
/// blocks; it may outlive the server.
class Reply {
 public:
  /// Dropping the last handle without an answer is a fault, answered 500 and logged, unless it was not
  /// wanted.
  virtual ~Reply() = default;
  /// Once; a second answer is not sent, but logged. A plain answer: one that itself comes later or goes on is
  /// a fault, as is one that would break the head, and answered 500.
  virtual void send(Response response) = 0;
  /// Instead of `send`, where an exception left nothing to send: it is answered 500, and `what` is logged.
  virtual void fail(std::string what) = 0;
  /// False once it is answered, or nobody waits for it any more: what was not begun need not be done then. A
  /// client that has only closed its side still gets an answer.
  virtual bool wanted() const = 0;
};

struct Response {
  int status = 200;
  Headers headers{};  // Content-Length, Date, Connection and X-Request-Id are set by the server
  std::string body{};
  /// Instead of `body`: bytes that outlive the server, which are sent from where they are, without a copy for
  /// each answer.
  std::string_view shared_body{};
  std::string_view bytes() const { return shared_body.empty() ? std::string_view(body) : shared_body; }
  /// When set, the head is sent at once with chunked encoding and no body, and then `on_stream` is called
  /// once, on a worker, with the open stream; it must hand the stream on and return, not stay. Not called for
  /// HEAD.
  std::function<void(std::shared_ptr<Stream>)> on_stream{};
  /// When set, nothing is sent now. It is called once, on a worker, with the answer that is owed; it must
  /// hand that on and return, not stay. Then the worker is free, and the request counts for its share as
  /// later (FairQueue::Bounds). Called for HEAD too.
  std::function<void(std::shared_ptr<Reply>)> on_later{};
};

/// What is sent to it goes to `reply` through `change`, which runs on the thread that sends; where it throws,
/// that is a fault. What the server itself answers, 500, does not go through it.
std::shared_ptr<Reply> mapped(std::shared_ptr<Reply> reply, std::function<Response(Response)> change);

using Handler = std::function<Response(const Request&)>;

/// Routes: method and pattern ("/api/v1/reservations/{id}", "/files/{path...}" takes the rest). Literal
/// segments win over parameters, parameters over a rest. A pattern's last segment may end in a literal
/// ":verb"
/// ("/api/v1/reservations:find-a-time", "/pools/{id}:drain"). A parameter is never empty; a rest may be,
/// after its slash. HEAD is answered by the route of GET unless it has its own.
class Router {
 public:
  /// Throws std::invalid_argument for a pattern that is malformed or already there: both are faults of the
  /// program.
  void add(std::string method, std::string pattern, Handler handler);

  struct Match {
    const Handler* handler = nullptr;  // null: no such route
    std::string pattern;               // the matched pattern, e.g. for metrics
    std::vector<std::pair<std::string, std::string>> params;
    std::vector<std::string> allowed_methods;  // filled when only the method was wrong
  };
  Match match(std::string_view method, std::string_view path) const;

  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    Handler handler;
  };
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// What the server itself refuses (too large, too slow, malformed, overloaded) is answered with the body that
/// this makes from status and sentence, so that the edge speaks the application's error format. It runs on
/// any thread of the server, the I/O thread too, and must not block.
using ErrorBody = std::function<Response(int status, std::string_view detail, std::string_view request_id)>;

struct Limits {
  std::size_t header_bytes = 16 * 1024;
  std::size_t header_count = 100;
  std::size_t body_bytes = 1024 * 1024;
  std::size_t target_bytes = 8 * 1024;
  /// Where there are so many, the one that can best be spared of the address with the most makes room for a
  /// new one; where none can, the new one is answered 503 and closed.
  std::size_t connections = 4096;
  /// The same for one address; not for one that speaks for many (ServerSettings::speaks_for_many).
  std::size_t connections_per_peer = 1024;
  /// Requests and answers in memory, in all and of one address; beyond it 503 with Retry-After.
  std::size_t held_bytes = 256 * 1024 * 1024;
  std::size_t held_bytes_per_peer = 64 * 1024 * 1024;
  /// Waiting for a worker; beyond it 503 with Retry-After. One share has a part of it (FairQueue::Bounds);
  /// beyond that 429 with Retry-After.
  std::size_t queued_requests = 1024;
  std::size_t stream_queue_bytes = 1024 * 1024;
  /// Thrown away after a refusal, so that its sender can read the answer.
  std::size_t drain_bytes = 128 * 1024 * 1024;
  /// From the first byte of a request to the end of its head.
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};  // for the whole body
  std::chrono::milliseconds idle_timeout{75'000};  // before the first byte of a request
  /// In each such time the other end has to take so much of what waits for it, or all of it: 1 KiB/s.
  std::chrono::milliseconds write_timeout{30'000};
  std::size_t least_written_bytes = 30 * 1024;
  /// How long the other end has to close after the last answer.
  std::chrono::milliseconds drain_timeout{5'000};
  /// A client that has closed its side may still read or may be gone, which looks the same. For this long its
  /// request waits for a worker, then it is dropped; an answer that comes later is wanted for so long.
  std::chrono::milliseconds abandoned_timeout{500};
  /// When the server stops, a client that keeps its connection may have sent its next request already, and
  /// closing at once would lose it: for so long that one is waited for, and is the last. 0: it is closed.
  std::chrono::milliseconds farewell_timeout{0};
};

/// What the application makes of a request by its head alone, before a worker is asked for.
struct Judgement {
  Share share = {};  // whose it is; without a name: that of the address it comes from
  Weight weight = Weight::kLight;
  /// Where a body is still to come and this is set, it is the answer, the body is not read, and the
  /// connection ends.
  std::optional<Response> refusal = std::nullopt;
  /// A longer body gets 413, as does one that is longer than Limits::body_bytes.
  std::size_t body_bytes = std::numeric_limits<std::size_t>::max();
  /// Where a body is still to come, ServerSettings::vouch is asked first.
  bool vouch = false;
};
/// `head` is the request without its body. It runs on the I/O thread and must not block.
using Judge = std::function<Judgement(const Request& head)>;

/// TLS for the server side, 1.2 with forward secrecy or newer; both PEM files, the certificate's with its
/// chain. Read at the start, and anew when they change.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  /// Instead of address and port: a socket at this path, for other programs of this user on this machine.
  /// What a program that is gone left there is taken away first.
  std::string path = {};
  std::size_t workers = 8;
  Limits limits;
  std::optional<TlsFiles> tls;
  /// Paths with a worker of their own each, for probes: they are answered also while all others are busy.
  std::vector<std::string> reserved_paths = {};
  /// Who asks, where the other end of the connection speaks for others; `peer` holds the other end. It runs
  /// on the I/O thread and must not block. Empty: the other end is who asks.
  std::function<std::string(const Request&)> peer_of = {};
  /// Empty: addresses take turns, and nobody has a bound of their own.
  Judge judge = {};
  /// Looks at a head for longer than `judge` may, on a worker: what it gives is the answer, and the body is
  /// not read.
  std::function<std::optional<Response>(const Request& head)> vouch = {};
  /// Whether the host of this address makes connections for many clients. Empty: none does.
  std::function<bool(std::string_view peer)> speaks_for_many = {};
  /// How often the files of `tls` are looked at: new ones serve new connections.
  std::chrono::milliseconds tls_look_every{5'000};
};

/// Listens from construction by `start` until `stop` or destruction. `handler` runs on workers, several at a
/// time; an exception that leaves it is logged and answered 500.
class Server {
 public:
  static Result<std::unique_ptr<Server>> start(ServerSettings settings, Handler handler, ErrorBody error_body,
                                               Log log);
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
  /// No new connections, running requests and answers that come later get `grace` to end, streams are cut;
  /// then all threads are joined. A handler that outlives the grace is waited for, its answer is lost, as is
  /// one that comes later still. Not to be called from a handler.
  virtual void stop(std::chrono::milliseconds grace) = 0;
  /// For metrics: open connections, open streams, requests waiting for a worker, answers that somebody else
  /// than a worker owes, and how many requests were dropped so far because their client had gone.
  struct Load {
    std::size_t connections = 0;
    std::size_t streams = 0;
    std::size_t queued = 0;
    std::size_t later = 0;
    std::size_t abandoned = 0;
  };
  virtual Load load() const = 0;
};

}  // namespace berth::http
