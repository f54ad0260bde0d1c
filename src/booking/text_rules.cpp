#include <fmt/format.h>

#include "base/display_name.hpp"
#include "base/text.hpp"
#include "booking/rule_list.hpp"

namespace berth::booking {
std::string in_hours(seconds length) {
  std::string out;
  const auto part = [&](auto count, const char* unit) {
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : " ", count, unit);
  };
  part(length / hours(1), "h");
  part(length % hours(1) / minutes(1), "min");
  part(length % minutes(1) / seconds(1), "s");
  return out.empty() ? "0 min" : out;
}

std::string in_words(seconds length) {
  using days = std::chrono::days;
  if (length >= hours(48) && length % days(1) == seconds(0)) return fmt::format("{} days", length / days(1));
  return in_hours(length);
}

namespace rule {

std::optional<FieldError> name_is_short(const Draft& draft) {
  const auto& name = draft.asked.name;
  if (!name) return std::nullopt;
  const auto length = characters_of(*name);
  if (length <= kMaxNameCharacters) return std::nullopt;
  return FieldError{"name", shown(*name), std::to_string(kMaxNameCharacters),
                    fmt::format("Name is {} characters long. Longest: {}.", length, kMaxNameCharacters)};
}

std::optional<FieldError> name_is_text(const Draft& draft) {
  const std::string name = draft.asked.name.value_or("");
  const auto fault = fault_of_name(name);
  if (!fault) return std::nullopt;
  return FieldError{"name", shown(name), fault->limit, fmt::format("Name {}", fault->message)};
}

std::optional<FieldError> owner_holds_fewer(const Draft& draft) {
  const int most = draft.policy().max_live_per_user;
  if (!draft.owner || draft.owner->live_reservations < most) return std::nullopt;
  const auto holds = std::to_string(draft.owner->live_reservations);
  return FieldError{
      "owner", holds, std::to_string(most),
      fmt::format(
          "You hold {} reservations in all pools together, and the limit of this pool is {}. Cancel or "
          "end one first.",
          holds, most)};
}

}  // namespace rule
}  // namespace berth::booking
