#include <fmt/format.h>

#include "base/text.hpp"
#include "booking/rule_list.hpp"

namespace berth::booking::rule {
namespace {

/// The fault of a value that was given for a field that stays, if it is another one than it has.
template <typename T, typename Text>
std::optional<FieldError> stays(const Draft& draft, const char* field, const std::optional<T>& given,
                                const T& has, Text text) {
  if (!draft.begun || !given || *given == has) return std::nullopt;
  const std::string now = text(has);
  return FieldError{
      field, shown(text(*given)), now,
      fmt::format("{} cannot change once the reservation has started. It stays {}.", field, now)};
}

std::string whole(Gib amount) {
  return std::to_string(amount.value);
}

}  // namespace

std::optional<FieldError> class_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "device_class", draft.asked.device_class, draft.device_class->name,
               [](const std::string& name) { return name; });
}

std::optional<FieldError> units_stay(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "units", draft.asked.units, draft.before->units,
               [](int units) { return std::to_string(units); });
}

std::optional<FieldError> start_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "start", draft.asked.start, Start(draft.before->window.start), [](const Start& start) {
    const auto* at = std::get_if<Instant>(&start);
    return at == nullptr ? std::string("now") : format_rfc3339(*at);
  });
}

std::optional<FieldError> cpu_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "cpu", draft.asked.cpu, draft.before->load.cpu, format_cores);
}

std::optional<FieldError> memory_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "memory_gib", draft.asked.memory, draft.before->load.memory, whole);
}

std::optional<FieldError> storage_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "storage_gib", draft.asked.storage, draft.before->load.storage, whole);
}

std::optional<FieldError> mode_stays(const Draft& draft) {
  if (!draft.begun) return std::nullopt;
  return stays(draft, "mode", draft.asked.mode, draft.before->mode,
               [](model::Mode mode) { return std::string(to_string(mode)); });
}

}  // namespace berth::booking::rule
