// What the connections of one server share.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "http/http.hpp"
#include "http/later.hpp"
#include "http/peers.hpp"
#include "http/response_writer.hpp"
#include "http/worker_pool.hpp"

namespace berth::http {

class Connection;

/// What a client is told of a fault of ours.
inline constexpr std::string_view kFault = "an unexpected fault; the log has it under the request id";

/// Requests to one reserved path that wait for its worker.
inline constexpr std::size_t kReservedQueue = 64;

struct Core {
  Core(ServerSettings given, Handler request_handler, ErrorBody body_of_errors, Log where);

  /// The application's body for a refusal; a plain one where that fails. Any thread.
  Response error_response(int status, std::string_view detail, std::string_view request_id) const;
  /// Any thread.
  void log_fault(const RequestName& request, std::string_view fault, std::string_view what) const;

  WorkerPool& workers_for(std::string_view path) {
    const auto own = reserved.find(path);
    return own == reserved.end() ? workers : own->second;
  }
  std::size_t queued() const {
    auto all = workers.queued();
    for (const auto& [path, own] : reserved) all += own.queued();
    return all;
  }
  std::size_t later() const {
    auto all = workers.later();
    for (const auto& [path, own] : reserved) all += own.later();
    return all;
  }
  void stop_workers() {
    workers.stop();
    for (auto& [path, own] : reserved) own.stop();
  }

  const ServerSettings settings;
  const Handler handler;
  const ErrorBody error_body;
  const Log log;
  boost::asio::io_context io;
  WorkerPool workers;
  std::map<std::string, WorkerPool, std::less<>> reserved;  // by path
  const std::shared_ptr<WayBack> way_back;                  // for whoever owes answers

  std::atomic<std::size_t> connections = 0;  // without those that are only being refused
  std::atomic<std::size_t> streams = 0;
  std::atomic<std::size_t> abandoned = 0;  // requests whose client had gone before a worker was free

  // For the I/O thread alone.
  std::unordered_map<const Connection*, std::shared_ptr<Connection>> open;
  Peers peers;
  std::size_t being_refused = 0;
  bool stopping = false;
  DateCache date;
  SystemRandom random;

  // `stop` waits for the last connection.
  std::mutex drained_mutex;
  std::condition_variable drained;
  bool is_drained = false;
};

}  // namespace berth::http
