// Answers that are not there yet: what lies between the threads that owe them and the I/O thread.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "http/http.hpp"
#include "http/worker_pool.hpp"

namespace berth::http {

struct Core;
class Connection;

/// A request as the log names it.
struct RequestName {
  std::string id;
  std::string method;
  std::string path;
};

/// The way to a server for those who may outlive it.
class WayBack {
 public:
  explicit WayBack(Core& core) : core_(&core) {}
  /// Nothing is done once the server has ended. `action` must not block.
  template <typename Action>
  void with(const Action& action) const {
    const std::lock_guard lock(mutex_);
    if (core_ != nullptr) action(*core_);
  }
  /// What is under way is waited for; from now on the server is not touched.
  void close();

 private:
  mutable std::mutex mutex_;
  Core* core_;
};

/// Whether somebody still waits for an answer, as the I/O thread knows.
using Wanted = std::atomic<bool>;

/// The face that is handed on. The first outcome goes to the connection; from then on it does not count for
/// its share.
class OwedReply final : public Reply {
 public:
  /// `pool` has `ticket` as owed; it lives as long as the server.
  OwedReply(std::shared_ptr<WayBack> way, std::weak_ptr<Connection> connection, WorkerPool& pool,
            WorkerPool::Ticket ticket, RequestName request, std::shared_ptr<const Wanted> wanted);
  ~OwedReply() override;
  OwedReply(const OwedReply&) = delete;
  OwedReply& operator=(const OwedReply&) = delete;

  void send(Response response) override;
  void fail(std::string what) override;
  bool wanted() const override { return *owed_.wanted && !given_; }

 private:
  struct Outcome {
    Response response = {};
    std::string_view fault = {};  // instead of the response; or empty
    std::string what = {};        // of the fault
    bool dropped = false;         // which is a fault only where it was wanted
  };
  struct Owed {
    std::weak_ptr<Connection> connection;
    RequestName request;
    std::shared_ptr<const Wanted> wanted;
  };
  void give(Outcome outcome);
  static void deliver(Core& core, const Owed& owed, Outcome outcome);

  const std::shared_ptr<WayBack> way_;
  WorkerPool& pool_;
  const WorkerPool::Ticket ticket_;
  const Owed owed_;
  std::atomic<bool> given_ = false;
};

}  // namespace berth::http
