// The demo's PostgreSQL while everything runs: that it ended is noticed, told and mended.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "app/signals.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "pgserver/pgserver.hpp"

namespace berth::app {

/// How often a server that ends may be started again: a few times in a while, each after a longer pause. One
/// that goes on ending has a cause that a further start does not mend.
class Restarts {
 public:
  using Steady = std::chrono::steady_clock;
  static constexpr int kMost = 4;
  static constexpr std::chrono::minutes kWithin{10};

  /// The pause before the next start; nothing when there have been enough.
  std::optional<std::chrono::milliseconds> next(Steady::time_point now);

 private:
  int used_ = 0;
  Steady::time_point first_{};
};

class DemoDatabase {
 public:
  using Say = std::function<void(std::string_view)>;  // on the terminal

  static Result<DemoDatabase> start(const std::filesystem::path& folder);
  ~DemoDatabase();
  DemoDatabase(DemoDatabase&&) noexcept = default;
  DemoDatabase& operator=(DemoDatabase&&) = delete;

  const pgserver::Server& server() const { return *server_; }

  /// Until a signal comes (fine), or the server has ended and does not start again (kUnavailable, with what
  /// it said last). One that is started again has the address of before. Trying is safe: PostgreSQL refuses
  /// as long as a process of the old server is left.
  Status watch(const Signals& signals, const Say& say, const Log& log);

  Status stop();

 private:
  DemoDatabase(pgserver::Settings settings, std::unique_ptr<pgserver::Server> server);
  Status start_again();
  std::string last_words() const;

  pgserver::Settings settings_;
  std::unique_ptr<pgserver::Server> server_;  // none while it does not start again
  std::filesystem::path socket_dir_;
};

}  // namespace berth::app
