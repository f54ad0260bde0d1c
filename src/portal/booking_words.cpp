#include "portal/booking_words.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/field_errors.hpp"
#include "base/shown_value.hpp"
#include "base/text.hpp"
#include "portal/schema_faults.hpp"

namespace berth::portal {
namespace {

// The pool knows how many there really are.
constexpr std::int64_t kMostUnits = std::numeric_limits<int>::max();
// About 19 years: beyond any pool's rule, far from overflow.
constexpr std::int64_t kMostMinutes = 10'000'000;
constexpr std::int64_t kMostGib = 1'000'000'000;
constexpr double kMostCores = 1'000'000;

/// Reads fields one after another and keeps every fault, so that all are told at once.
class BookingBody {
 public:
  explicit BookingBody(const json::value& body) : body_(body) {}

  std::optional<std::string> text(std::string_view name) const { return find_string(body_, {name}); }

  std::optional<std::int64_t> whole(std::string_view name, std::int64_t least, std::int64_t most) {
    const auto* value = find(body_, {name});
    if (value == nullptr) return std::nullopt;
    boost::system::error_code error;
    const auto number = value->to_number<std::int64_t>(error);
    if (!error && number >= least && number <= most) return number;
    refuse(name, shown_value(*value), fmt::format("{} to {}", least, most),
           fmt::format("{} must be a whole number from {} to {}.", spoken_field(name), least, most));
    return std::nullopt;
  }

  std::optional<CpuMilli> cores(std::string_view name) {
    const auto* value = find(body_, {name});
    if (value == nullptr) return std::nullopt;
    const auto number = value->to_number<double>();
    const auto milli = std::round(number * 1000.0);
    if (std::isfinite(number) && number > 0 && number <= kMostCores &&
        std::abs(number * 1000.0 - milli) < 1e-6) {
      return CpuMilli{static_cast<std::int64_t>(milli)};
    }
    refuse(
        name, shown_value(*value), fmt::format("0.001 to {}, three decimals", kMostCores),
        fmt::format("{} must be a number of cores above 0 with at most three decimals.", spoken_field(name)));
    return std::nullopt;
  }

  std::optional<Gib> gib(std::string_view name) {
    const auto number = whole(name, 1, kMostGib);
    return number ? std::optional(Gib{*number}) : std::nullopt;
  }

  std::optional<Instant> instant(std::string_view name, const char* limit = "RFC 3339") {
    const auto word = text(name);
    if (!word) return std::nullopt;
    const auto at = parse_rfc3339(*word);
    if (at) return *at;
    refuse(name, *word, limit, at.error().message);
    return std::nullopt;
  }

  std::optional<booking::Start> start() {
    if (text("start") == "now") return booking::Now{};
    const auto at = instant("start", "RFC 3339 or now");
    return at ? std::optional(booking::Start(*at)) : std::nullopt;
  }

  std::optional<minutes> duration(std::string_view name) {
    const auto number = whole(name, 1, kMostMinutes);
    return number ? std::optional(minutes(*number)) : std::nullopt;
  }

  std::optional<model::Mode> mode() const {
    const auto word = text("mode");
    return word ? model::parse_mode(*word) : std::nullopt;
  }

  bool has(std::string_view name) const { return find(body_, {name}) != nullptr; }
  /// As it may be shown back; empty when it did not come.
  std::string given(std::string_view name) const {
    const auto* value = find(body_, {name});
    return value == nullptr ? "" : shown_value(*value);
  }

  void refuse(std::string_view field, const std::string& value, std::string limit, std::string message) {
    // A text that is no time may be as long as the whole body.
    errors_.add(std::string(field), shown(value), std::move(limit), std::move(message));
  }

  /// The faults, if there were any.
  Status verdict() const {
    if (errors_.empty()) return {};
    Error error = errors_.error();
    error.slug = "invalid_fields";
    error.message = error.fields.front().message;
    return fail(std::move(error));
  }

 private:
  const json::value& body_;
  FieldErrors errors_;
};

}  // namespace

Result<store::CreateRequest> to_create(const json::value& body) {
  BookingBody fields(body);
  store::CreateRequest out;
  auto& booking = out.booking;
  booking.pool = fields.text("pool").value_or("");
  booking.device_class = fields.text("device_class").value_or("");
  booking.units = static_cast<int>(fields.whole("units", 1, kMostUnits).value_or(0));
  booking.start = fields.start().value_or(booking::Now{});
  booking.end = fields.instant("end");
  booking.duration = fields.duration("duration_minutes");
  if (fields.has("end") == fields.has("duration_minutes")) {
    fields.refuse(fields.has("end") ? "duration_minutes" : "end", fields.given("duration_minutes"),
                  "exactly one of end and duration_minutes", "Give either end or duration_minutes.");
  }
  booking.cpu = fields.cores("cpu");
  booking.memory = fields.gib("memory_gib");
  booking.storage = fields.gib("storage_gib");
  booking.mode = fields.mode().value_or(model::Mode::kInteractiveMl);
  booking.name = fields.text("name").value_or("");
  out.team = fields.text("team");
  if (auto fine = fields.verdict(); !fine) return fail(fine.error());
  return out;
}

Result<store::VersionedEdit> to_edit(const json::value& body) {
  BookingBody fields(body);
  store::VersionedEdit out;
  auto& change = out.change;
  out.version = fields.whole("version", 1, std::numeric_limits<std::int64_t>::max()).value_or(0);
  change.device_class = fields.text("device_class");
  if (const auto units = fields.whole("units", 1, kMostUnits)) {
    change.units = static_cast<int>(*units);
  }
  change.start = fields.start();
  change.end = fields.instant("end");
  change.duration = fields.duration("duration_minutes");
  if (fields.has("end") && fields.has("duration_minutes")) {
    fields.refuse("duration_minutes", fields.given("duration_minutes"), "not together with end",
                  "Give either end or duration_minutes.");
  }
  change.cpu = fields.cores("cpu");
  change.memory = fields.gib("memory_gib");
  change.storage = fields.gib("storage_gib");
  change.mode = fields.mode();
  change.name = fields.text("name");
  if (auto fine = fields.verdict(); !fine) return fail(fine.error());
  return out;
}

Result<store::ExtendRequest> to_extend(const json::value& body) {
  BookingBody fields(body);
  store::ExtendRequest out;
  out.version = fields.whole("version", 1, std::numeric_limits<std::int64_t>::max());
  out.end = fields.instant("end");
  out.by = fields.duration("minutes");
  if (fields.has("end") == fields.has("minutes")) {
    fields.refuse(fields.has("end") ? "minutes" : "end", fields.given("minutes"),
                  "exactly one of end and minutes", "Give either end or minutes.");
  }
  if (auto fine = fields.verdict(); !fine) return fail(fine.error());
  return out;
}

}  // namespace berth::portal
