// A fixed number of connections, lent out one by one.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "pg/connection.hpp"

namespace berth::pg {

/// Safe to use from several threads. Connections are made when they are first lent.
class Pool {
  struct Shared;
  struct Slot;

 public:
  /// A connection on loan: in order, and in no transaction. It goes back when this ends; one that is broken
  /// or still in a transaction then is closed, and made anew for the next loan. May outlive the pool.
  class Lease {
   public:
    ~Lease();
    Lease(Lease&&) noexcept;
    Lease& operator=(Lease&&) = delete;

    Connection& operator*() const;
    Connection* operator->() const { return &**this; }

   private:
    friend class Pool;
    Lease(std::shared_ptr<Shared> shared, std::unique_ptr<Slot> slot);
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<Slot> slot_;
  };

  Pool(const Settings& settings, std::size_t size);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Waits at most `timeout` for a free connection (kUnavailable, kNoConnectionFree), then connects if need
  /// be, within the settings' connect timeout (kUnavailable, kConnectFailed).
  Result<Lease> lease(std::chrono::milliseconds timeout);

 private:
  std::shared_ptr<Shared> shared_;
};

}  // namespace berth::pg
