// How an effect ended that did not come true.
#pragma once

#include <functional>
#include <tl/expected.hpp>
#include <utility>

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
