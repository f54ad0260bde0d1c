// What cards can be cut into (MIG): their profiles, where an instance of each may lie, and what goes beside
// what. Data, with its source; names of profiles change with drivers, so what a node says of itself comes
// first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace berth::layout {

/// The engines for media that an instance has.
enum class Media {
  kShare,  // in proportion
  kMore,   // "+me": the one extension that a card has, at least
  kAll,    // "+me.all": all of the card's; every other instance then has none
  kNone,   // "-me"
};

/// One kind of instance. Positions are memory slices of the card, from 0 on.
struct Profile {
  std::string_view name;  // "1g.24gb+me"
  int compute = 1;        // of the card's compute slices
  int size = 1;           // positions that it covers
  std::uint16_t starts;   // bit n: it may start at position n
  int most = 1;           // of this one alone
  constexpr bool may_start_at(int position) const {
    return position >= 0 && position < 16 && (starts >> position & 1U) != 0;
  }
};

/// How the places where instances may start are known.
enum class Geometry {
  kSeen,      // as a card or NVIDIA's guide lists them
  kExpected,  // as on the card's kin; `nvidia-smi mig -lgipp` on such a card settles it
};

struct Card {
  std::string_view name;                  // "RTX PRO 6000 Blackwell 96GB"
  std::span<const std::string_view> kin;  // how names of its models begin, in lower case: "rtx pro 6000"
  std::span<const std::uint16_t> pci_ids;
  int memory_gb = 0;
  int positions = 8;
  int compute = 7;
  Geometry geometry = Geometry::kSeen;
  std::span<const Profile> profiles;

  const Profile* find(std::string_view profile) const;
};

std::span<const Card> cards();

/// By what people and NVML call a model ("NVIDIA-A100-SXM4-80GB", "RTX PRO 6000") and its memory; of several
/// of one name the one whose memory is nearest. Null for one that is not known, or cannot be cut.
const Card* find_card(std::string_view model, std::int64_t memory_gib);

/// What "1g.24gb+me" says. Nothing for what is no profile's name, or is of a part of an instance
/// ("1c.3g.20gb").
struct ProfileName {
  int compute = 0;
  int memory_gb = 0;
  Media media = Media::kShare;
  bool graphics = false;
  bool operator==(const ProfileName&) const = default;
};
std::optional<ProfileName> parse_profile(std::string_view name);

/// Under which the device plugin offers instances of a profile, where each has its own name ("mixed"):
/// "nvidia.com/mig-1g.24gb.me".
std::string resource_name(std::string_view profile);

/// The name of whole cards that are not cut.
inline constexpr std::string_view kWholeResource = "nvidia.com/gpu";

}  // namespace berth::layout
