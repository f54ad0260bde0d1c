#include "cacheplan/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/clock.hpp"
#include "base/text.hpp"

namespace berth::cacheplan {
namespace {

/// So that one odd number does not silence a whole node. The description of the API takes these.
constexpr std::int64_t kMostNumber = std::int64_t{1} << 50;
std::int64_t within_limits(std::int64_t number, std::int64_t most = kMostNumber) {
  return std::clamp<std::int64_t>(number, 0, most);
}

json::value time_or_null(const std::optional<Instant>& at) {
  return at ? json::value(format_rfc3339(*at)) : json::value(nullptr);
}
json::value number_or_null(const std::optional<std::int64_t>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

/// Empty for null and for what is not there; a text that is no time is one all the same, and told.
Result<std::optional<Instant>> time_in(const json::value& item, std::string_view name) {
  const auto text = find_string(item, {name});
  if (!text) return std::optional<Instant>();
  const auto at = parse_rfc3339(*text);
  if (!at) return fail(Code::kMalformed, fmt::format("{}: {}", name, at.error().message));
  return std::optional(*at);
}

/// Empty for a kind that this daemon does not know, of a newer portal's.
Result<std::optional<Wanted>> parse_one(const json::value& item) {
  Wanted wanted;
  auto& artifact = wanted.artifact;
  artifact.id = ArtifactId{string_at(item, {"id"})};
  const auto kind = parse_kind(string_at(item, {"kind"}));
  if (!is_uuid(artifact.id.value)) return fail(Code::kMalformed, "an artifact that is wanted has no id");
  if (!kind) return std::optional<Wanted>();
  artifact.kind = *kind;
  // A reason that is not known is one all the same: rather too much stays than too little.
  wanted.keep = parse_keep(string_at(item, {"keep"})).value_or(Keep::kPinned);
  artifact.source = string_at(item, {"source"});
  if (auto good = check_source(artifact.kind, artifact.source); !good)
    return fail(Code::kMalformed, good.error().message);
  artifact.digest = string_at(item, {"digest"});
  artifact.bytes = find_int(item, {"bytes"});
  artifact.priority = static_cast<int>(find_int(item, {"priority"}).value_or(kUsualPriority));
  artifact.pinned = find_bool(item, {"pinned"}).value_or(false);
  const auto needed = time_in(item, "needed_at");
  if (!needed) return fail(needed.error());
  const auto used = time_in(item, "last_used_at");
  if (!used) return fail(used.error());
  wanted.needed_at = *needed;
  wanted.last_used_at = *used;
  return std::optional(std::move(wanted));
}

Error of_artifact(std::size_t index, std::string_view field, std::string value, std::string limit,
                  std::string message) {
  return invalid_field(fmt::format("artifacts.{}.{}", index, field), std::move(value), std::move(limit),
                       std::move(message));
}

}  // namespace

json::object to_json(const Wanted& wanted) {
  const auto& artifact = wanted.artifact;
  return {{"id", artifact.id.value},
          {"kind", to_string(artifact.kind)},
          {"source", artifact.source},
          {"bytes", number_or_null(artifact.bytes)},
          {"digest", artifact.digest},
          {"priority", artifact.priority},
          {"pinned", artifact.pinned},
          {"keep", to_string(wanted.keep)},
          {"needed_at", time_or_null(wanted.needed_at)},
          {"last_used_at", time_or_null(wanted.last_used_at)}};
}

Result<std::vector<Wanted>> parse_wanted(const json::value& items) {
  if (!items.is_array()) return fail(Code::kMalformed, "what is wanted is no list");
  if (items.get_array().size() > kMostArtifacts)
    return fail(Code::kTooLarge, fmt::format("more than {} artifacts are wanted", kMostArtifacts));
  std::vector<Wanted> all;
  for (const auto& item : items.get_array()) {
    auto one = parse_one(item);
    if (!one) return fail(one.error());
    if (*one) all.push_back(std::move(**one));
  }
  return all;
}

json::object to_json(const Report& report) {
  json::array artifacts;
  for (const auto& said : report.artifacts) {
    const auto of_bytes = said.of_bytes ? std::optional(within_limits(*said.of_bytes)) : std::nullopt;
    artifacts.emplace_back(json::object{{"id", said.artifact.value},
                                        {"state", to_string(said.state)},
                                        {"bytes", within_limits(said.bytes, of_bytes.value_or(kMostNumber))},
                                        {"of_bytes", number_or_null(of_bytes)},
                                        {"rate", within_limits(said.rate)},
                                        {"digest", said.digest},
                                        {"reason", said.reason}});
  }
  const auto disk_bytes = within_limits(report.disk.bytes);
  return {{"disk", json::object{{"bytes", disk_bytes},
                                {"free", within_limits(report.disk.free, disk_bytes)},
                                {"held", within_limits(report.held_bytes)},
                                {"high_percent", report.marks.high},
                                {"low_percent", report.marks.low}}},
          {"rate", within_limits(report.rate)},
          {"fault", report.fault},
          {"artifacts", std::move(artifacts)}};
}

Result<Report> parse_report(const json::value& body) {
  const auto number = [&](const json::value& of, std::string_view name) {
    return find_int(of, {name}).value_or(0);
  };
  const auto& disk = body.at("disk");
  Report report{.disk = {.bytes = number(disk, "bytes"), .free = number(disk, "free")},
                .marks = {.high = static_cast<int>(number(disk, "high_percent")),
                          .low = static_cast<int>(number(disk, "low_percent"))},
                .held_bytes = number(disk, "held"),
                .rate = number(body, "rate"),
                .fault = string_at(body, {"fault"})};
  if (report.disk.free > report.disk.bytes)
    return fail(invalid_field("disk.free", std::to_string(report.disk.free),
                              std::to_string(report.disk.bytes), "No disk has more free than it has."));
  if (report.marks.low > report.marks.high)
    return fail(invalid_field("disk.low_percent", std::to_string(report.marks.low),
                              std::to_string(report.marks.high), "The low mark is not above the high one."));
  std::set<ArtifactId> seen;
  for (const auto& item : body.at("artifacts").as_array()) {
    const auto index = report.artifacts.size();
    Said said{.artifact = ArtifactId{string_at(item, {"id"})},
              .bytes = number(item, "bytes"),
              .of_bytes = find_int(item, {"of_bytes"}),
              .rate = number(item, "rate"),
              .digest = string_at(item, {"digest"}),
              .reason = string_at(item, {"reason"})};
    const auto state = parse_state(string_at(item, {"state"}));
    if (!state)
      return fail(of_artifact(index, "state", shown(string_at(item, {"state"})), "a state",
                              "There is no such state."));
    said.state = *state;
    if (said.of_bytes && said.bytes > *said.of_bytes)
      return fail(of_artifact(index, "bytes", std::to_string(said.bytes), std::to_string(*said.of_bytes),
                              "No more of it is there than it has."));
    if (!seen.insert(said.artifact).second)
      return fail(of_artifact(index, "id", said.artifact.value, "each artifact once", "It is told twice."));
    report.artifacts.push_back(std::move(said));
  }
  return report;
}

}  // namespace berth::cacheplan
