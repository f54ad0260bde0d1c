#include "cli/caching_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace berth::cli {
namespace {

constexpr std::int64_t kKib = 1024;
constexpr std::int64_t kMostRate = std::int64_t{1} << 40;

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

Result<std::int64_t> parse_rate(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t factor = unit == "K"   ? kKib
                              : unit == "M" ? kKib * kKib
                              : unit == "G" ? kKib * kKib * kKib
                                            : 0;
  if (fault == std::errc() && factor > 0 && count > 0 && count <= kMostRate / factor) return count * factor;
  return fail(invalid_field(
      "--rate-limit", shown(text), "1K to 1024G",
      fmt::format("--rate-limit is bytes a second from 1K to 1024G, such as 20M, not \"{}\"", shown(text))));
}

std::string show_bytes(std::int64_t bytes) {
  if (bytes < kKib) return fmt::format("{} B", bytes);
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes) / static_cast<double>(kKib);
  std::size_t unit = 0;
  constexpr double kNext = 1023.95;  // what would be shown as 1024.0
  while (amount >= kNext && unit + 1 < kUnits.size()) {
    amount /= static_cast<double>(kKib);
    ++unit;
  }
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

std::string progress_line(const modelcache::Progress& now, const modelcache::Progress& before,
                          double seconds) {
  const auto percent =
      now.of_bytes > 0
          ? static_cast<int>(static_cast<double>(now.bytes) * 100.0 / static_cast<double>(now.of_bytes))
          : 100;
  const auto rate = seconds > 0 ? static_cast<double>(now.downloaded - before.downloaded) / seconds : 0.0;
  return fmt::format("{}% of {}, {} of {}, {}/s", percent, show_bytes(now.of_bytes), now.files,
                     counted(now.of_files, "file"), show_bytes(static_cast<std::int64_t>(rate)));
}

json::value to_json(const modelcache::Source& source, const modelcache::Fetched& fetched) {
  return {{"model", source.repository()},
          {"revision", source.revision},
          {"commit", fetched.commit},
          {"snapshot", fetched.snapshot.string()},
          {"files", fetched.progress.of_files},
          {"bytes", fetched.progress.of_bytes},
          {"downloaded_bytes", fetched.progress.downloaded}};
}

std::string fetched_text(const modelcache::Source& source, const modelcache::Fetched& fetched) {
  const auto& progress = fetched.progress;
  return fmt::format(
      "{} {} is {}: {}, {}, {}\n{}\n", source.repository(), source.revision, fetched.commit,
      counted(progress.of_files, "file"), show_bytes(progress.of_bytes),
      progress.downloaded == 0 ? "all there before" : show_bytes(progress.downloaded) + " downloaded",
      fetched.snapshot.string());
}

json::value to_json(const modelcache::Verified& verified) {
  json::array faults;
  for (const auto& fault : verified.faults) {
    faults.push_back(
        {{"model", fault.model}, {"what", fault.what}, {"why", fault.why}, {"removed", fault.removed}});
  }
  return {{"models", verified.models},
          {"files", verified.files},
          {"bytes", verified.bytes},
          {"unfinished_bytes", verified.unfinished_bytes},
          {"faults", std::move(faults)}};
}

std::string verified_text(const modelcache::Verified& verified) {
  std::string text;
  for (const auto& fault : verified.faults) {
    text += fmt::format("{} {}: {}{}\n", fault.model, fault.what, fault.why,
                        fault.removed ? "; removed, the next fetch gets it again" : "");
  }
  text += fmt::format(
      "{} of {}, {}: {}\n", counted(verified.files, "file"), counted(verified.models, "model"),
      show_bytes(verified.bytes),
      verified.faults.empty() ? "every byte as its name says" : counted(verified.faults.size(), "fault"));
  if (verified.unfinished_bytes > 0)
    text += fmt::format("{} of fetches that have not ended yet\n", show_bytes(verified.unfinished_bytes));
  return text;
}

}  // namespace berth::cli
