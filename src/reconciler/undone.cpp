#include "reconciler/undone.hpp"

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
