// Times and lengths of time from outside: what is accepted is within its bounds and reads back the same.
#include "base/instant.hpp"
#include "base/text.hpp"
#include "cli/times.hpp"
#include "cli/words.hpp"
#include "fuzz.hpp"

namespace {

using berth::Instant;
using berth::fuzz::require;

const Instant kFirst = Instant(std::chrono::sys_days(std::chrono::year(1970) / 1 / 1));
const Instant kBeyond = Instant(std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1));
constexpr berth::minutes kLongest{10'000'000};

void check_instant(Instant at) {
  require(at >= kFirst && at < kBeyond);
  const auto text = berth::format_rfc3339(at);
  require(text.size() <= 27 && text.ends_with('Z'));
  require(berth::parse_rfc3339(text) == at);
  const berth::minutes step{30};
  const auto floor = berth::floor_to_step(at, step);
  const auto ceil = berth::ceil_to_step(at, step);
  require(floor <= at && at - floor < step && floor.time_since_epoch() % step == berth::Duration{0});
  require(ceil >= at && ceil - at < step && (ceil == floor || ceil == floor + step));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);
  static const auto now = *berth::parse_rfc3339("2026-11-22T12:00:00Z");

  const auto exact = berth::parse_rfc3339(text);
  if (exact) {
    check_instant(*exact);
    require(size <= 32);  // 2026-11-22T14:00:00.123456+05:30
  } else {
    require(exact.error().code == berth::Code::kInvalid && exact.error().message.size() < 200);
    require(!berth::is_utf8(text) || berth::is_utf8(exact.error().message));
  }

  const auto word = berth::cli::parse_time(text, now);
  if (exact) require(word == *exact);
  if (word) require(!berth::cli::show_time(*word, now).empty());

  if (const auto length = berth::cli::parse_length(text)) {
    require(*length >= berth::minutes{1} && *length <= kLongest);
    require(!berth::cli::show_length(*length).empty());
  }
  return 0;
}
