// How an effect ended that did not come true.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace berth::reconciler {

enum class Why {
  kFailed,
  kLostLead,   // another leads: nothing more may be written
  kOvertaken,  // what was planned no longer holds: no failure, but a reason to look again
};
struct Undone {
  Why why = Why::kFailed;
  Error error;
};
using Done = tl::expected<void, Undone>;

/// Each module says in its own words that the lead is lost; here they become one.
Why why_of(const Error& error);
Done done(const Status& status);

/// Since when the whole cluster does not answer; nothing: it does, and what failed failed by itself.
using AwaySince = std::function<std::optional<Instant>()>;

/// The slug of a failure that is told by that sentence.
inline constexpr std::string_view kClusterAway = "cluster_away";

/// A sentence for whoever waits for the cluster, where `error` came of its not being there: no address, no
/// words of the network. Nothing where the failure is of another kind.
std::optional<std::string> told_as_away(const Error& error, const AwaySince& away_since);

/// What people are told of it: the network's own words, which name addresses, are for the log.
std::string told_plainly(const Error& error);

/// Asks before each effect whether it may be done, and tells of each that was.
class Guard {
 public:
  Guard(std::function<bool()> may_write, std::function<void()> after_effect)
      : may_write_(std::move(may_write)), after_effect_(std::move(after_effect)) {}

  Done operator()(const std::function<Done()>& effect) const;

 private:
  std::function<bool()> may_write_;
  std::function<void()> after_effect_;
};

}  // namespace berth::reconciler
