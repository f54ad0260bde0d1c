// What the node cache speaks of: artifacts of the catalogue, why one has to stay, and how far it is on a
// node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "model/ids.hpp"

namespace berth::cacheplan {

using ArtifactId = model::UuidId<struct ArtifactTag>;

enum class Kind { kImage, kModel };
std::string_view to_string(Kind kind);
std::optional<Kind> parse_kind(std::string_view text);

inline constexpr std::size_t kMostArtifacts = 500;  // of a catalogue
inline constexpr int kMostPriority = 1000;
inline constexpr int kUsualPriority = 100;
inline constexpr std::size_t kMostSourceBytes = 512;

/// kInvalid with the field `source`: a reference of an image, or hf://owner/name@revision of a model.
Status check_source(Kind kind, const std::string& source);
/// What is compared: a model without a revision is that of "main".
std::string whole_source(Kind kind, const std::string& source);

struct Artifact {
  ArtifactId id;
  Kind kind = Kind::kModel;
  std::string source;
  std::optional<std::int64_t> bytes{};
  std::string digest{};  // a model's commit; empty: whatever the source names
  int priority = kUsualPriority;
  bool pinned = false;
  bool operator==(const Artifact&) const = default;
};

/// Why it stays when room is made; the strongest there is.
enum class Keep { kNo, kPinned, kNeeded, kInUse };
std::string_view to_string(Keep keep);
std::optional<Keep> parse_keep(std::string_view text);

enum class State { kCached, kPulling, kQueued, kFailed, kOutdated, kEvicted };
std::string_view to_string(State state);
std::optional<State> parse_state(std::string_view text);

}  // namespace berth::cacheplan
