// What a gate knows again after its container was started anew. Internal to this module.
#pragma once

#include <filesystem>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "entry/doorkeeper.hpp"

namespace berth::gate {

class Memory {
 public:
  /// What is in `folder`; a key is made where there is none, or none that can be read: then passes that were
  /// given before are none any more, and it remembers tickets since `now`. kUnavailable when the folder
  /// cannot be written.
  static Result<Memory> open(const std::filesystem::path& folder, Random& random, Instant now);

  /// Passes that were given by the key there are none any more. kUnavailable where it cannot be taken away.
  static Status forget_passes(const std::filesystem::path& folder);

  const entry::PassKey& key() const { return key_; }
  const entry::Remembered& remembered() const { return remembered_; }
  /// Before the answer to it goes out. What has expired by `now` is left out.
  Status remember(const entry::UsedTicket& ticket, Instant now);

 private:
  explicit Memory(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  entry::PassKey key_{};
  entry::Remembered remembered_;
};

}  // namespace berth::gate
