#include "said/activity.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"

namespace berth::said {
namespace {

constexpr std::string_view kActivityWhat = "read when a workspace was last used";
constexpr std::size_t kTwoDeep = 3;  // objects in an object
constexpr std::size_t kAnswersDeep = 8;

tl::unexpected<Error> no_activity(std::string_view why) {
  return fail(Code::kMalformed, fmt::format("{}: {}", kActivityWhat, why));
}

/// A time that may have been, by our clock.
Result<Instant> past_time(const json::value* value, Instant now) {
  if (value == nullptr || !value->is_string()) return no_activity("a time is missing");
  const auto at = parse_rfc3339(std::string_view(value->get_string()));
  if (!at) return no_activity("a time is none");
  if (*at > now + kClockAhead || *at < now - kOldestUse) return no_activity("a time is not of the past");
  return std::min(*at, now);
}

Result<int> count(const json::value* value, int most) {
  if (value == nullptr || !value->is_int64() || value->get_int64() < 0 || value->get_int64() > most)
    return no_activity(fmt::format("a number is not from 0 to {}", most));
  return static_cast<int>(value->get_int64());
}

Result<std::optional<EditorUse>> parse_editor(const json::value& value, Instant now) {
  if (value.is_null()) return std::nullopt;
  const auto* used = find(value, {"used_at"});
  if (used == nullptr || value.get_object().size() != 1) return no_activity("\"editor\" is not \"used_at\"");
  if (used->is_null()) return EditorUse{};
  const auto at = past_time(used, now);
  if (!at) return fail(at.error());
  return EditorUse{*at};
}

Result<std::optional<LabUse>> parse_lab(const json::value& value, Instant now) {
  if (value.is_null()) return std::nullopt;
  const auto at = past_time(find(value, {"used_at"}), now);
  if (!at) return fail(at.error());
  const auto kernels = count(find(value, {"kernels"}), kMostKernels);
  if (!kernels) return fail(kernels.error());
  const auto busy = count(find(value, {"busy"}), *kernels);
  if (!busy) return fail(busy.error());
  if (value.get_object().size() != 3) return no_activity("\"lab\" has more than its three members");
  return LabUse{*at, *kernels, *busy};
}

}  // namespace

std::string to_text(const Activity& activity) {
  json::object out{{"looked_at", format_rfc3339(activity.looked_at)}, {"editor", nullptr}, {"lab", nullptr}};
  if (activity.editor) out["editor"] = json::object{{"used_at", time_or_null(activity.editor->used_at)}};
  if (activity.lab) {
    out["lab"] = json::object{{"used_at", format_rfc3339(activity.lab->used_at)},
                              {"kernels", activity.lab->kernels},
                              {"busy", activity.lab->busy}};
  }
  return json::serialize(out);
}

Result<Activity> parse_activity(std::string_view text, Instant now) {
  if (text.size() > kMaxActivityBytes)
    return no_activity(fmt::format("it is longer than {} bytes", kMaxActivityBytes));
  const auto document = parse_json(text, kTwoDeep);
  if (!document) return fail(within(kActivityWhat, document.error()));
  const auto* editor = find(*document, {"editor"});
  const auto* lab = find(*document, {"lab"});
  if (editor == nullptr || lab == nullptr || document->get_object().size() != 3)
    return no_activity("it is not \"looked_at\", \"editor\" and \"lab\"");
  const auto looked = past_time(find(*document, {"looked_at"}), now);
  if (!looked) return fail(looked.error());
  const auto editor_use = parse_editor(*editor, now);
  if (!editor_use) return fail(editor_use.error());
  const auto lab_use = parse_lab(*lab, now);
  if (!lab_use) return fail(lab_use.error());
  return Activity{*looked, *editor_use, *lab_use};
}

bool to_be_told(const Activity& found, const std::optional<Activity>& told) {
  if (!told || found.editor != told->editor || found.lab != told->lab) return true;
  return found.looked_at >= told->looked_at + kActivityAnew || found.looked_at < told->looked_at;
}

std::optional<EditorUse> editor_use(std::string_view healthz) {
  const auto document = parse_json(healthz, kAnswersDeep);
  if (!document) return std::nullopt;
  const auto beat = find_int(*document, {"lastHeartbeat"});
  if (!beat || *beat < 0 || find_string(*document, {"status"}) == std::nullopt) return std::nullopt;
  if (*beat == 0) return EditorUse{};
  constexpr std::int64_t kMostMillis = 253'402'300'799'000;  // the year 9999
  return EditorUse{Instant(std::chrono::milliseconds(std::min(*beat, kMostMillis)))};
}

std::optional<LabUse> lab_use(std::string_view status, std::string_view kernels) {
  const auto about = parse_json(status, kAnswersDeep);
  const auto list = parse_json(kernels, kAnswersDeep);
  if (!about || !list || !list->is_array()) return std::nullopt;
  const auto used_at = parse_rfc3339(string_at(*about, {"last_activity"}));
  if (!used_at) return std::nullopt;
  const auto& all = list->get_array();
  const auto busy = std::ranges::count_if(
      all, [](const json::value& one) { return string_at(one, {"execution_state"}) == "busy"; });
  const auto bounded = [](std::size_t count) {
    return static_cast<int>(std::min<std::size_t>(count, kMostKernels));
  };
  return LabUse{*used_at, bounded(all.size()), bounded(static_cast<std::size_t>(busy))};
}

}  // namespace berth::said
