// What a workspace and Berth say to each other through the cluster (decision 47), as values: a wish to go on,
// which the workspace's own account writes into one ConfigMap, and the answer to it, which the reconciler
// puts beside the session's facts. A wish is outside bytes: whoever is in the workspace writes what they
// like.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::said {

/// The workspace's word: a ConfigMap that its tenant makes, changes and deletes, and the one key of it that
/// is read.
inline constexpr std::string_view kSaidName = "berth-said";
inline constexpr std::string_view kExtendKey = "extend.json";
/// Berth's word: a guard object, which its tenant reads alone.
inline constexpr std::string_view kFactsName = "berth-session";
inline constexpr std::string_view kAnswerKey = "answer.json";
inline constexpr std::string_view kQuotaName = "berth-quota";

/// A wish is an id and a time; what is longer is none.
inline constexpr std::size_t kMaxWishBytes = 256;
inline constexpr std::size_t kMaxAnswerBytes = 4096;
/// Of each of its two sentences.
inline constexpr std::size_t kMaxSentenceBytes = 600;

/// That the reservation goes on until then. Each id counts once.
struct Wish {
  std::string id;  // a UUID
  Instant until;
  bool operator==(const Wish&) const = default;
};
std::string to_text(const Wish& wish);
/// kMalformed for whatever is not exactly that.
Result<Wish> parse_wish(std::string_view text);

struct Answer {
  std::string id;  // of the wish
  bool granted = false;
  Instant end;                        // of the reservation, as it now is
  std::string message{};              // why not, a sentence; empty where it was granted
  std::optional<Instant> furthest{};  // how far it could go; empty: no further than `end`, or not known
  std::string limit{};                // what stands against more, a sentence
  bool operator==(const Answer&) const = default;
};
/// Sentences that are too long are cut.
std::string to_text(const Answer& answer);
Result<Answer> parse_answer(std::string_view text);

}  // namespace berth::said
