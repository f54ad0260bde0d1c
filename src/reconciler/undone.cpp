#include "reconciler/undone.hpp"

#include <fmt/format.h>

#include "kube/kube.hpp"
#include "store/control_rows.hpp"

namespace berth::reconciler {

Why why_of(const Error& error) {
  return error.slug == store::kStaleEpoch || error.slug == kube::kMayNotWriteSlug ? Why::kLostLead
                                                                                  : Why::kFailed;
}

Done done(const Status& status) {
  if (status) return {};
  return tl::unexpected(Undone{why_of(status.error()), status.error()});
}

std::optional<std::string> told_as_away(const Error& error, const AwaySince& away_since) {
  if (!away_since || !kube::is_unanswered(error)) return std::nullopt;
  const auto since = away_since();
  if (!since) return std::nullopt;
  return fmt::format("The cluster does not answer since {}.",
                     format_rfc3339(std::chrono::floor<seconds>(*since)));
}

std::string told_plainly(const Error& error) {
  return kube::is_unanswered(error) && error.slug.empty() ? "The connection was lost before an answer came."
                                                          : error.message;
}

Done Guard::operator()(const std::function<Done()>& effect) const {
  if (!may_write_()) {
    Undone lost{Why::kLostLead, {}};
    lost.error.code = Code::kConflict;
    lost.error.message = "another reconciler leads";
    return tl::unexpected(std::move(lost));
  }
  auto ended = effect();
  if (ended) after_effect_();
  return ended;
}

}  // namespace berth::reconciler
