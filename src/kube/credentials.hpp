// Who we are to the API server, kept fresh. Shared by all clients of a factory.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/result.hpp"
#include "kube/config.hpp"
#include "kube/transport.hpp"

namespace berth::kube {

/// Secrets: goes into requests and nowhere else.
struct Credential {
  std::string authorization{};    // the whole header value; empty: none
  std::string certificate_pem{};  // from a plugin; empty: the configuration's own
  std::string key_pem{};
  bool operator==(const Credential&) const = default;
};

class Credentials {
 public:
  Credentials(const Config& config, std::chrono::milliseconds reread_after);

  /// Files are read again after a while, programs run again when what they gave expires. While a file cannot
  /// be read the last content that could serves on.
  Result<Credential> current(const std::stop_token& stop);

  /// After the server refused `refused`: forgets it, so that the next `current` looks again. False when there
  /// is nothing that could have changed. (Several clients may report the same one: only the first makes it
  /// look.)
  bool refresh_after_refusal(const Credential& refused);

 private:
  Result<Credential> renew(const std::stop_token& stop, SteadyTime now);

  Config config_;
  std::chrono::milliseconds reread_after_;
  std::mutex mutex_;  // held while a plugin runs: the others need its answer anyway
  std::optional<Credential> cached_;
  std::optional<SteadyTime> renew_at_;  // empty: never by itself
};

}  // namespace berth::kube
