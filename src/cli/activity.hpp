// When the workspace that the program runs in was last used: asked of its editor and its lab, told to Berth
// (decision 50).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/workspace.hpp"
#include "said/activity.hpp"

namespace berth::cli {

/// Where the two listen (images/workspace); both without a password, on the pod's own loopback.
struct ActivityPlaces {
  std::string editor = "http://127.0.0.1:8080";
  std::string lab = "http://127.0.0.1:8888";
};

class ActivityWatch {
 public:
  /// `workspace` must outlive this.
  explicit ActivityWatch(const Workspace& workspace, ActivityPlaces places = {});
  ~ActivityWatch();
  ActivityWatch(const ActivityWatch&) = delete;
  ActivityWatch& operator=(const ActivityWatch&) = delete;

  /// What does not answer within seconds is not measured.
  said::Activity look(Instant now);
  /// One look; tells it where that is due. A trouble is printed where it is another than the last.
  void look_and_tell();

 private:
  class Asked;

  const Workspace& workspace_;
  std::unique_ptr<Asked> editor_;
  std::unique_ptr<Asked> lab_;
  std::optional<said::Activity> told_;
  std::string trouble_;
};

}  // namespace berth::cli
