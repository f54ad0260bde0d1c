#include "cli/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/text.hpp"

namespace berth::cli {
namespace {

/// TZ is another for its length. There is no other way to ask the C library about a second zone, and C++
/// knows none before GCC 14.
class AsIfIn {
 public:
  explicit AsIfIn(const std::string& name) : set_(!name.empty()) {
    if (!set_) return;
    if (const char* before = std::getenv("TZ")) before_ = before;
    become(":" + name);
  }
  ~AsIfIn() {
    if (set_) become(before_);
  }
  AsIfIn(const AsIfIn&) = delete;
  AsIfIn& operator=(const AsIfIn&) = delete;

 private:
  static void become(const std::optional<std::string>& zone) {
    if (zone) {
      setenv("TZ", zone->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }

  bool set_;
  std::optional<std::string> before_;
};

std::tm parts_of(Instant at, const std::string& name) {
  const AsIfIn there(name);
  // Not by system_clock: it counts nanoseconds, which end in the year 2262.
  const std::time_t since = std::chrono::floor<seconds>(at).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&since, &parts);
  // NOLINTNEXTLINE(clang-analyzer-core.StackAddressEscape): tm_zone points into the C library's own tables
  return parts;
}

std::string offset_text(seconds offset) {
  const auto whole = std::chrono::duration_cast<minutes>(offset).count();
  return fmt::format("{}{:02}:{:02}", whole < 0 ? '-' : '+', std::abs(whole) / 60, std::abs(whole) % 60);
}

}  // namespace

Zone Zone::here() {
  return {};
}

Result<Zone> Zone::named(std::string_view name) {
  constexpr std::size_t kMostBytes = 64;
  const bool plain = !name.empty() && name.size() <= kMostBytes && name.front() != '/' &&
                     name.find("..") == std::string_view::npos &&
                     std::ranges::all_of(name, [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
                     });
  std::error_code ignored;
  const auto file = std::filesystem::path("/usr/share/zoneinfo") / name;
  if (name == "UTC") return fixed(minutes(0));
  if (!plain || !std::filesystem::is_regular_file(file, ignored)) {
    return fail(Code::kInvalid, fmt::format("there is no time zone \"{}\" here", shown(name)));
  }
  Zone zone;
  zone.name_ = name;
  return zone;
}

Zone Zone::fixed(minutes offset) {
  Zone zone;
  zone.offset_ = offset;
  return zone;
}

seconds Zone::offset(Instant at) const {
  return offset_ ? seconds(*offset_) : seconds(parts_of(at, name_).tm_gmtoff);
}

std::string Zone::abbreviation(Instant at) const {
  if (offset_) return *offset_ == minutes(0) ? "UTC" : offset_text(*offset_);
  const AsIfIn there(name_);
  const auto parts = parts_of(at, "");
  return parts.tm_zone == nullptr ? offset_text(seconds(parts.tm_gmtoff)) : parts.tm_zone;
}

std::string Zone::where() const {
  if (offset_) return "in " + abbreviation({});
  return name_.empty() ? "here" : "in " + name_;
}

}  // namespace berth::cli
