#include "booking/rules.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "booking/rule_list.hpp"

namespace berth::booking {
namespace {

constexpr std::array kEnd{Topic::kEnd};
constexpr std::array kWindow{Topic::kEnd, Topic::kWindow};
constexpr std::array kClass{Topic::kClass};
constexpr std::array kUnits{Topic::kClass, Topic::kUnits};

constexpr Rule kRules[] = {
    {"class_stays", "The class stays once it has begun.", Topic::kClass, {}, rule::class_stays},
    {"units_stay", "The number of units stays once it has begun.", Topic::kUnits, {}, rule::units_stay},
    {"start_stays", "The start stays once it has begun.", Topic::kStart, {}, rule::start_stays},
    {"cpu_stays", "CPU stays once it has begun.", Topic::kCpu, {}, rule::cpu_stays},
    {"memory_stays", "Memory stays once it has begun.", Topic::kMemory, {}, rule::memory_stays},
    {"storage_stays", "Storage stays once it has begun.", Topic::kStorage, {}, rule::storage_stays},
    {"mode_stays", "The mode stays once it has begun.", Topic::kMode, {}, rule::mode_stays},

    {"start_is_ahead", "A start is not in the past.", Topic::kStart, {}, rule::start_is_ahead},
    {"start_has_notice",
     "A start is as far ahead as the pool's notice.",
     Topic::kStart,
     {},
     rule::start_has_notice},
    {"start_on_step", "A start is on a step of the pool, or now.", Topic::kStart, {}, rule::start_on_step},

    {"one_end", "The end is given once: as a time or by the duration.", Topic::kEnd, {}, rule::one_end},
    {"duration_is_some", "A duration is at least a minute.", Topic::kEnd, {}, rule::duration_is_some},
    {"duration_within_longest",
     "A duration is no longer than the longest booking.",
     Topic::kEnd,
     {},
     rule::duration_within_longest},
    {"duration_in_steps",
     "From a step a duration is of whole steps.",
     Topic::kEnd,
     {},
     rule::duration_in_steps},
    {"end_on_step", "An end is on a step of the pool.", Topic::kEnd, {}, rule::end_on_step},

    {"end_is_ahead", "An end is not moved into the past.", Topic::kWindow, kEnd, rule::end_is_ahead},
    {"end_after_start", "The end is after the start.", Topic::kWindow, kEnd, rule::end_after_start},
    {"not_too_short", "It is as long as the shortest booking.", Topic::kLength, kWindow, rule::not_too_short},
    {"not_too_long", "It is no longer than the longest booking.", Topic::kLength, kWindow,
     rule::not_too_long},
    {"starts_within_horizon", "It starts where bookings are open.", Topic::kStart, kWindow,
     rule::starts_within_horizon},
    {"ends_within_horizon", "It ends where bookings are open.", Topic::kHorizon, kWindow,
     rule::ends_within_horizon},

    {"class_is_offered", "The pool offers the class.", Topic::kClass, {}, rule::class_is_offered},
    {"some_units", "It has at least one unit.", Topic::kUnits, kClass, rule::some_units},
    {"units_on_one_node", "Its units are on one node.", Topic::kUnits, kClass, rule::units_on_one_node},
    {"cpu_fits", "A node that has the units has the CPU.", Topic::kCpu, kUnits, rule::cpu_fits},
    {"memory_fits", "A node that has the units has the memory.", Topic::kMemory, kUnits, rule::memory_fits},
    {"storage_fits", "A node that has the units has the storage, and home and model cache go into it.",
     Topic::kStorage, kUnits, rule::storage_fits},

    {"name_is_short", "A name has few enough characters.", Topic::kName, {}, rule::name_is_short},
    {"name_is_text", "A name is a line of text.", Topic::kName, {}, rule::name_is_text},
    {"owner_holds_fewer",
     "Its owner holds fewer reservations than the pool lets one hold.",
     Topic::kOwner,
     {},
     rule::owner_holds_fewer},
};

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

FieldErrors faults_of(const Draft& draft) {
  FieldErrors faults;
  std::set<Topic> at_fault;
  for (const auto& rule : kRules) {
    const bool senseless = std::any_of(rule.needs.begin(), rule.needs.end(),
                                       [&](Topic topic) { return at_fault.contains(topic); });
    if (senseless || at_fault.contains(rule.topic)) continue;
    if (auto fault = rule.broken(draft)) {
      faults.add(std::move(fault->field), std::move(fault->value), std::move(fault->limit),
                 std::move(fault->message));
      at_fault.insert(rule.topic);
    }
  }
  return faults;
}

bool allowed_by_policy(const model::Pool& pool, Window window, Instant now) {
  Request request;
  request.start = window.start;
  request.end = window.end;
  const auto draft = draft_of(pool, request, {}, now);
  return std::all_of(std::begin(kRules), std::end(kRules), [&](const Rule& rule) {
    const bool of_time = rule.topic == Topic::kStart || rule.topic == Topic::kEnd ||
                         rule.topic == Topic::kWindow || rule.topic == Topic::kLength ||
                         rule.topic == Topic::kHorizon;
    return !of_time || !rule.broken(draft);
  });
}

}  // namespace berth::booking
