#include "cli/notices.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <thread>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/private_file.hpp"
#include "base/text.hpp"
#include "cli/activity.hpp"
#include "cli/wall_clock.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

constexpr std::chrono::seconds kLookEvery{20};
static_assert(said::kBetweenActivity % kLookEvery == seconds(0));
constexpr int kMaxTerminals = 256;
constexpr std::size_t kMaxNoticeBytes = 4096;

bool is_own_terminal(int descriptor) {
  struct stat status{};
  return fstat(descriptor, &status) == 0 && S_ISCHR(status.st_mode) && status.st_uid == geteuid() &&
         isatty(descriptor) == 1;
}

bool write_to(const std::filesystem::path& terminal, std::string_view text) {
  const int descriptor = open(terminal.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool written = is_own_terminal(descriptor) &&
                       write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(descriptor);
  return written;
}

/// "18:00", by the clocks that times are shown by.
std::string clock_of(Instant at) {
  const auto wall = wall_text(wall_time(at, Zone::here()));
  constexpr std::size_t kClockBytes = 5;
  return wall.substr(wall.size() - kClockBytes);
}

/// Empty where there is none that can be read.
std::string beginning_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxNoticeBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(0, in.gcount())));
  return text;
}

}  // namespace

int write_to_terminals(const std::filesystem::path& folder, std::string_view text) {
  const auto line = fmt::format("\r\n\a{}\r\n", text);
  int told = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end;
       !error && at != end && told < kMaxTerminals; at.increment(error)) {
    const auto name = at->path().filename().string();
    if (std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }) && write_to(at->path(), line))
      ++told;
  }
  return told;
}

Status keep_notice(const std::filesystem::path& file, const said::Notice& notice, std::string_view text) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  return write_private_file(file, json::serialize(json::object{{"ends_at", format_rfc3339(notice.end)},
                                                               {"before_minutes", notice.before.count()},
                                                               {"text", text}}));
}

std::optional<said::Notice> kept_notice(const std::filesystem::path& file) {
  const auto document = parse_json(beginning_of(file), 2);
  if (!document) return std::nullopt;
  const auto end = parse_rfc3339(string_at(*document, {"ends_at"}));
  const auto before = find_int(*document, {"before_minutes"});
  if (!end || !before) return std::nullopt;
  return said::Notice{*end, minutes(*before)};
}

std::vector<std::string> plain_parts(const std::filesystem::path& folder) {
  std::vector<std::string> lines;
  for (const auto* part : {"editor", "lab"}) {
    auto text = plain(trimmed(beginning_of(folder / fmt::format("{}.plain", part))));
    if (!text.empty()) lines.push_back(std::move(text));
  }
  return lines;
}

void look_for_notice(const SessionFacts& facts, Instant now, const std::filesystem::path& file,
                     const std::filesystem::path& terminals) {
  const auto due = said::due_notice(now, facts.end, kept_notice(file));
  if (!due) return;
  const auto text = said::notice_text(clock_of(facts.end), facts.end - now, facts.files_kept_days);
  // Kept first: one that cannot be kept would be told at each look.
  if (const auto kept = keep_notice(file, *due, text); !kept) {
    std::cerr << "berth: " << kept.error().message << '\n';
    return;
  }
  write_to_terminals(terminals, text);
}

void give_notices(const Workspace& workspace, const std::filesystem::path& file,
                  const std::filesystem::path& terminals) {
  constexpr int kLooksInActivity = said::kBetweenActivity / kLookEvery;
  ActivityWatch activity(workspace);
  std::string told;
  for (int look = 0;; ++look, std::this_thread::sleep_for(kLookEvery)) {
    // Not the first: then neither editor nor lab is up.
    if (look % kLooksInActivity == 1) activity.look_and_tell();
    const auto facts = workspace.facts();
    const auto trouble = facts ? std::string() : facts.error().message;
    if (!trouble.empty() && trouble != told) std::cerr << "berth: " << trouble << '\n';
    told = trouble;
    if (!facts) continue;
    show_times_of(facts->time_zone);
    look_for_notice(*facts, SystemClock().now(), file, terminals);
  }
}

}  // namespace berth::cli
