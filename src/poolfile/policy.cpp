#include <fmt/format.h>

#include "poolfile/parts.hpp"
#include "poolfile/poolfile.hpp"
#include "poolfile/rules.hpp"

namespace berth::poolfile {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kDay = 24 * 60 * kMinute;

void duration(Fields& fields, std::string_view name, Range range, std::int64_t unit, seconds& into) {
  std::int64_t count = into.count() / unit;
  fields.integer(name, Need::kOptional, range, count);
  into = seconds(count * unit);
}

}  // namespace

void read_policy(Fields& fields, model::Policy& policy) {
  duration(fields, "step_minutes", kStepMinutesRange, kMinute, policy.step);
  duration(fields, "min_length_minutes", kLengthMinutesRange, kMinute, policy.min_length);
  duration(fields, "max_length_minutes", kLengthMinutesRange, kMinute, policy.max_length);
  duration(fields, "lead_minutes", kLeadMinutesRange, kMinute, policy.lead);
  duration(fields, "horizon_days", kHorizonDaysRange, kDay, policy.horizon);
  fields.integer("max_live_per_user", Need::kOptional, kLivePerUserRange, policy.max_live_per_user);
  duration(fields, "start_deadline_minutes", kDeadlineMinutesRange, kMinute, policy.start_deadline);
  fields.boolean("show_names", Need::kOptional, policy.show_names);
  fields.boolean("allow_cross_tenant_sharing", Need::kOptional, policy.allow_cross_tenant_sharing);

  fields.integer("keep_home_days", Need::kOptional, kKeepHomeDaysRange, policy.homes.days);
  const auto says_nothing = [&](std::string_view name, std::int64_t value) {
    if (policy.homes.days > 0) return;
    fields.faults().add(fields.path_of(name), std::to_string(value), "with keep_home_days",
                        "Says nothing where no home is kept: add keep_home_days, or leave this out.");
  };
  if (fields.has("keep_home_max_gib")) {
    std::int64_t most = kKeepHomeGibRange.most;
    fields.integer("keep_home_max_gib", Need::kRequired, kKeepHomeGibRange, most);
    policy.homes.most = Gib{most};
    says_nothing("keep_home_max_gib", most);
  }
  if (fields.has("keep_home_count")) {
    fields.integer("keep_home_count", Need::kRequired, kKeepHomeCountRange, policy.homes.count);
    says_nothing("keep_home_count", policy.homes.count);
  }

  const auto in_minutes = [](seconds length) { return std::to_string(length.count() / kMinute); };
  if (policy.max_length < policy.min_length) {
    fields.faults().add(fields.path_of("max_length_minutes"), in_minutes(policy.max_length),
                        fmt::format("at least {}", in_minutes(policy.min_length)),
                        "Must not be below min_length_minutes: no booking could ever be made.");
  }
  if (policy.max_length < policy.step) {
    fields.faults().add(fields.path_of("max_length_minutes"), in_minutes(policy.max_length),
                        fmt::format("at least {}", in_minutes(policy.step)),
                        "Must not be below step_minutes: no booking could ever be made.");
  }
  if (policy.horizon < policy.lead + std::max(policy.min_length, policy.step)) {
    fields.faults().add(
        fields.path_of("horizon_days"), std::to_string(policy.horizon.count() / kDay),
        "at least lead_minutes and min_length_minutes together",
        "Must reach beyond the earliest start and the shortest length: no booking could ever be made.");
  }
}

void check_shortest(const model::Policy& policy, FieldErrors& faults) {
  const auto length = policy.min_length;
  const auto step = policy.step;
  if (length <= step || length % step == seconds(0)) return;
  const auto below = length - length % step;
  faults.add("policy.min_length_minutes", std::to_string(length.count() / kMinute),
             fmt::format("a multiple of step_minutes ({}): {} or {}", step.count() / kMinute,
                         below.count() / kMinute, (below + step).count() / kMinute),
             "Bookings begin and end on a step, so none could be as short as this says.");
}

json::object policy_to_json(const model::Policy& policy) {
  json::object told{{"step_minutes", policy.step.count() / kMinute},
                    {"min_length_minutes", policy.min_length.count() / kMinute},
                    {"max_length_minutes", policy.max_length.count() / kMinute},
                    {"lead_minutes", policy.lead.count() / kMinute},
                    {"horizon_days", policy.horizon.count() / kDay},
                    {"max_live_per_user", policy.max_live_per_user},
                    {"start_deadline_minutes", policy.start_deadline.count() / kMinute},
                    {"show_names", policy.show_names},
                    {"allow_cross_tenant_sharing", policy.allow_cross_tenant_sharing}};
  // Of a pool that keeps none nothing is said, nor what is usual, so that a program of the release before can
  // read it.
  if (policy.homes.days > 0) told.emplace("keep_home_days", policy.homes.days);
  if (policy.homes.most) told.emplace("keep_home_max_gib", policy.homes.most->value);
  if (policy.homes.count != model::HomeRule().count) told.emplace("keep_home_count", policy.homes.count);
  return told;
}

Result<model::Policy> policy_from_json(const json::value& value) {
  FieldErrors faults;
  Fields fields(value, "policy", faults);
  model::Policy policy;
  read_policy(fields, policy);
  fields.finish();
  if (!faults.empty()) return fail(file_error(faults));
  return policy;
}

}  // namespace berth::poolfile
