// Asks a Hub: which commit, which files, and the bytes of one. Decides who sees the token: the endpoint, and
// no host that a redirect names.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "modelcache/listing.hpp"
#include "modelcache/source.hpp"
#include "modelcache/web.hpp"

namespace berth::modelcache {

struct HubSettings {
  std::string endpoint;  // without a slash at its end
  std::string token;
  std::chrono::milliseconds first_pause{500};
};

/// kInvalid where the endpoint is none, or would get the token in the clear.
Status check_hub(const HubSettings& hub);

/// Sleeps, but for a stop. False where it was ended by one.
class Pauses {
 public:
  Pauses() = default;
  /// Ended by `asked` as well, which is asked a few times a second.
  explicit Pauses(std::function<bool()> asked) : asked_(std::move(asked)) {}
  bool wait(std::chrono::milliseconds pause);
  void stop();
  bool stopped() const { return stopped_; }

 private:
  std::function<bool()> asked_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> stopped_ = false;
};

inline constexpr int kMostTries = 8;  // in a row, without anything coming of it

Result<std::string> ask_commit(Web& web, const HubSettings& hub, const Source& source, Pauses& pauses);
Result<std::vector<RemoteFile>> ask_files(Web& web, const HubSettings& hub, const Source& source,
                                          const std::string& commit, Pauses& pauses);

/// Where a file's bytes are.
std::string file_url(const HubSettings& hub, const Source& source, const std::string& commit,
                     const std::string& path);

/// Follows redirects: with the token as long as they stay at the endpoint's host and name none, without it
/// from then on. `request.token` is that of its first URL; at the end its url and token are those that were
/// answered.
Result<Web::Answer> get_following(Web& web, WebRequest& request);

}  // namespace berth::modelcache
