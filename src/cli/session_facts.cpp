#include "cli/session_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/kube_quantity.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr double kBytesOfGib = 1024.0 * 1024 * 1024;
constexpr std::int64_t kMostDaysKept = 3'650;

Result<Instant> time_of(const FactTexts& texts, const std::string& key) {
  const auto found = texts.find(key);
  auto at = parse_rfc3339(found == texts.end() ? std::string() : found->second);
  if (!at) return fail(Code::kMalformed, fmt::format("the session's facts have no time \"{}\"", key));
  return at;
}

Result<double> amount_at(const json::value& object, std::string_view side, std::string_view resource) {
  const auto text = find_string(object, {"status", side, resource});
  if (!text) {
    return fail(Code::kUnavailable,
                fmt::format("the cluster has not counted {} of it yet", plain(std::string(resource))));
  }
  const auto quantity = parse_kube_quantity(*text);
  if (!quantity) return fail(within("read a quota", quantity.error()));
  return static_cast<double>(quantity->nano) / 1e9;
}

Result<Amount> amount(const json::value& object, std::string_view resource, double unit) {
  const auto used = amount_at(object, "used", resource);
  if (!used) return fail(used.error());
  const auto hard = amount_at(object, "hard", resource);
  if (!hard) return fail(hard.error());
  return Amount{*used / unit, *hard / unit};
}

/// Of what is shown and what programs read: three decimals.
double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

std::array<std::string, 3> cells(const Amount& it, std::string_view unit) {
  const auto cell = [&](double value) { return fmt::format("{}{}", rounded(value), unit); };
  return {cell(it.used), cell(it.hard), cell(std::max(0.0, it.hard - it.used))};
}

/// Null where it is none.
json::value whole(std::string_view text) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? json::value(number)
                                                                         : json::value();
}

json::object amount_json(const Amount& it) {
  return {{"used", rounded(it.used)},
          {"hard", rounded(it.hard)},
          {"left", rounded(std::max(0.0, it.hard - it.used))}};
}

}  // namespace

Result<SessionFacts> facts_of(const FactTexts& texts) {
  const auto text = [&](const std::string& key) {
    const auto found = texts.find(key);
    return found == texts.end() ? std::string() : found->second;
  };
  const auto start = time_of(texts, "starts_at");
  if (!start) return fail(start.error());
  const auto end = time_of(texts, "ends_at");
  if (!end) return fail(end.error());
  SessionFacts facts{.reservation = text("reservation"),
                     .name = text("name"),
                     .session = text("session"),
                     .mode = text("mode"),
                     .device_class = text("device_class"),
                     .title = text("device_class_title"),
                     .slots = text("slots"),
                     .time_zone = text("time_zone"),
                     .resource_names = {},
                     .start = *start,
                     .end = *end};
  if (facts.reservation.empty())
    return fail(Code::kMalformed, "the session's facts do not say which reservation it is of");
  if (const auto days = whole(text("files_kept_days")); days.is_int64())
    facts.files_kept_days = static_cast<int>(std::clamp<std::int64_t>(days.get_int64(), 0, kMostDaysKept));
  const auto names = text("resource_names");
  for (std::size_t at = 0; at < names.size();) {
    const auto comma = std::min(names.find(',', at), names.size());
    if (comma > at) facts.resource_names.push_back(names.substr(at, comma - at));
    at = comma + 1;
  }
  return facts;
}

Result<Quota> quota_of(const json::value& object, const std::vector<std::string>& resource_names) {
  Quota quota;
  struct Part {
    Amount* amount;
    std::string_view resource;
    double unit;
  };
  // Limits, not requests: they are at least as large, so they are what runs out first.
  for (const auto& part :
       {Part{&quota.cpu, "limits.cpu", 1}, Part{&quota.memory, "limits.memory", kBytesOfGib},
        Part{&quota.storage, "requests.storage", kBytesOfGib}}) {
    auto read = amount(object, part.resource, part.unit);
    if (!read) return fail(read.error());
    *part.amount = *read;
  }
  for (const auto& name : resource_names) {
    const auto slots = amount(object, "requests." + name, 1);
    if (!slots) return fail(slots.error());
    quota.slots.used += slots->used;
    quota.slots.hard += slots->hard;
  }
  return quota;
}

std::string files_text(const std::optional<int>& days) {
  if (!days) return {};
  if (*days == 0) return "deleted with the session";
  return fmt::format("kept for {} {} after the end, for your next session in the pool", *days,
                     *days == 1 ? "day" : "days");
}

std::string facts_text(const SessionFacts& facts, Instant now) {
  const auto left = facts.end - now;
  std::vector<std::vector<std::string>> rows{
      {"name", plain(facts.name)},
      {"id", plain(facts.reservation)},
      {"what", fmt::format("{} ({})", plain(facts.title), plain(facts.device_class))},
      {"slots", plain(facts.slots)},
      {"mode", plain(facts.mode)},
      {"starts", show_time(facts.start, now)},
      {"ends", show_time(facts.end, now)},
      {"left", left > Duration(0) ? show_length(left) : "nothing: it is over"}};
  if (auto files = files_text(facts.files_kept_days); !files.empty())
    rows.push_back({"files", std::move(files)});
  return table(rows);
}

std::string quota_text(const Result<Quota>& quota) {
  if (!quota) return fmt::format("the quota is not known: {}\n", plain(quota.error().message));
  std::vector<std::vector<std::string>> rows{{"", "used", "of", "left"}};
  const auto add = [&](const char* what, const Amount& it, std::string_view unit) {
    auto [used, hard, left] = cells(it, unit);
    rows.push_back({what, std::move(used), std::move(hard), std::move(left)});
  };
  add("CPU", quota->cpu, "");
  add("memory", quota->memory, " GiB");
  add("GPU slots", quota->slots, "");
  add("storage", quota->storage, " GiB");
  return table(rows);
}

json::object here_json(const SessionFacts& facts, const Result<Quota>& quota, Instant now) {
  const auto left = std::chrono::floor<seconds>(std::max(facts.end - now, Duration(0)));
  json::object out{
      {"reservation", facts.reservation},
      {"name", facts.name},
      {"session", facts.session},
      {"device_class", facts.device_class},
      {"device_class_title", facts.title},
      {"slots", whole(facts.slots)},
      {"mode", facts.mode},
      {"start", format_rfc3339(facts.start)},
      {"end", format_rfc3339(facts.end)},
      {"left_seconds", left.count()},
      {"files_kept_days", facts.files_kept_days ? json::value(*facts.files_kept_days) : json::value(nullptr)},
      {"quota", nullptr},
      {"quota_unknown", nullptr}};
  if (quota) {
    out["quota"] = json::object{{"cpu", amount_json(quota->cpu)},
                                {"memory_gib", amount_json(quota->memory)},
                                {"slots", amount_json(quota->slots)},
                                {"storage_gib", amount_json(quota->storage)}};
  } else {
    out["quota_unknown"] = quota.error().message;
  }
  return out;
}

}  // namespace berth::cli
