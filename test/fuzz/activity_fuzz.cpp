// When a workspace says it was last used, and what its editor and lab answer it: whoever is inside writes
// what they like.
#include "fuzz.hpp"
#include "said/activity.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  namespace said = berth::said;
  const auto text = berth::fuzz::text_of(bytes, size);
  const auto now = berth::parse_rfc3339("2026-11-24T18:00:00Z").value();
  if (const auto activity = said::parse_activity(text, now)) {
    const auto past = [&](berth::Instant at) { return at <= now && at >= now - said::kOldestUse; };
    require(size <= said::kMaxActivityBytes && past(activity->looked_at));
    require(!activity->editor || !activity->editor->used_at || past(*activity->editor->used_at));
    if (const auto& lab = activity->lab) {
      require(past(lab->used_at) && lab->busy >= 0 && lab->busy <= lab->kernels);
      require(lab->kernels <= said::kMostKernels);
    }
    const auto again = said::parse_activity(said::to_text(*activity), now);
    require(again && *again == *activity);
  } else {
    require(activity.error().code == berth::Code::kMalformed && activity.error().message.size() < 200);
  }
  said::editor_use(text);
  if (const auto lab = said::lab_use(text, text)) require(lab->busy <= lab->kernels);
  return 0;
}
