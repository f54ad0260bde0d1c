// When a workspace was last used, as it says itself (decision 50): its own account writes it beside its
// wishes. Outside bytes, and its tenant's word: it is shown, and nothing is taken away by it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::said {

/// A second key of kSaidName.
inline constexpr std::string_view kActivityKey = "activity.json";
inline constexpr std::size_t kMaxActivityBytes = 256;
inline constexpr int kMostKernels = 1000;
/// Of what is said of the past. No session is as old.
inline constexpr hours kOldestUse{366 * 24};
/// A node's clock may be so far ahead; what is said to be later than that is no time.
inline constexpr seconds kClockAhead{60};

/// VS Code: used while it is open in a browser.
struct EditorUse {
  std::optional<Instant> used_at;  // nothing: not since it was started
  bool operator==(const EditorUse&) const = default;
};
/// JupyterLab: used while it is open in a browser, and while a kernel or a terminal of it says something.
struct LabUse {
  Instant used_at;
  int kernels = 0;
  int busy = 0;  // of these, with a cell that runs
  bool operator==(const LabUse&) const = default;
};

/// Nothing means that it was not measured, which is not the same as not used.
struct Activity {
  Instant looked_at;
  std::optional<EditorUse> editor{};
  std::optional<LabUse> lab{};
  bool operator==(const Activity&) const = default;
};

std::string to_text(const Activity& activity);
/// kMalformed for whatever is not exactly that. Times that a clock ahead of ours made are ours.
Result<Activity> parse_activity(std::string_view text, Instant now);

/// So often a workspace looks. It says what it found where it is news; what is not, seldom, as a sign that it
/// looks.
inline constexpr seconds kBetweenActivity{60};
inline constexpr seconds kActivityAnew{300};
bool to_be_told(const Activity& found, const std::optional<Activity>& told);

// --- What the two of the image say when they are asked ---

/// code-server's /healthz. Nothing where it is no answer of it.
std::optional<EditorUse> editor_use(std::string_view healthz);
/// JupyterLab's api/status and api/kernels. Nothing where either is no answer of it.
std::optional<LabUse> lab_use(std::string_view status, std::string_view kernels);

}  // namespace berth::said
