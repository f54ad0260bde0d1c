// What `berth dev` has done by other programs, as their command lines. Decides; runs nothing.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::cli {

using Words = std::vector<std::string>;

struct DevBuild {
  std::filesystem::path checkout;
  std::vector<std::string> images{"berth"};  // of `make images`: berth, postgres, workspace
  std::string overlay = "openshift";         // of deploy/overlays
  bool wait = false;                         // until what was applied is up
  bool restart = false;                      // also what would stay as it is
};

/// Built in the cluster and written down, applied, waited for; each when the one before it went well.
std::vector<Words> lines_of(const DevBuild& build);

/// Portal and reconciler as they were before the last rollout.
std::vector<Words> rollback_lines(bool wait);

/// As it is typed.
std::string typed(const Words& line);

/// The checkout of Berth that a folder lies in; none where it lies in none.
std::optional<std::filesystem::path> checkout_around(const std::filesystem::path& folder);

}  // namespace berth::cli
