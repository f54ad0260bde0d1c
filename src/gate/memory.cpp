#include "gate/memory.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

#include "base/private_file.hpp"

namespace berth::gate {
namespace {

constexpr std::string_view kKeyFile = "pass.key";
constexpr std::string_view kBeganFile = "began";
constexpr std::string_view kUsedFile = "used-tickets";
// A ticket lives a minute and a person opens a workspace a few times a day.
constexpr std::uintmax_t kMaxFileBytes = 1024U * 1024;

std::optional<std::string> content_of(const std::filesystem::path& file) {
  std::error_code none;
  if (const auto size = std::filesystem::file_size(file, none); none || size > kMaxFileBytes)
    return std::nullopt;
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return in ? std::optional(std::move(bytes)) : std::nullopt;
}

std::string_view view_of(const entry::PassKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

/// A line each: when it expires, a blank, its id. A line that is none was cut off while it was written.
std::vector<entry::UsedTicket> parse_used(const std::string& text) {
  std::vector<entry::UsedTicket> used;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    if (const auto expires = parse_rfc3339(line.substr(0, blank)))
      used.push_back({std::string(line.substr(blank + 1)), *expires});
  }
  return used;
}

}  // namespace

Result<Memory> Memory::open(const std::filesystem::path& folder, Random& random, Instant now) {
  Memory memory(folder);
  const auto bytes = content_of(folder / kKeyFile);
  if (bytes && bytes->size() == memory.key_.size()) {
    std::transform(bytes->begin(), bytes->end(), memory.key_.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
  } else {
    memory.key_ = entry::make_pass_key(random);
    // Before the key: whoever finds a key finds this.
    if (auto kept = write_private_file(folder / kBeganFile, format_rfc3339(now)); !kept)
      return fail(within("keep since when tickets are remembered", kept.error()));
    if (auto kept = write_private_file(folder / kKeyFile, view_of(memory.key_)); !kept)
      return fail(within("keep the key of passes", kept.error()));
  }
  if (const auto text = content_of(folder / kBeganFile)) {
    if (const auto began = parse_rfc3339(*text)) memory.remembered_.began = *began;
  }
  if (const auto text = content_of(folder / kUsedFile)) memory.remembered_.used = parse_used(*text);
  return memory;
}

Status Memory::forget_passes(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::remove(folder / kKeyFile, error);
  if (error) return fail(Code::kUnavailable, "take away the key of passes: " + error.message());
  return {};
}

Status Memory::remember(const entry::UsedTicket& ticket, Instant now) {
  auto& used = remembered_.used;
  std::erase_if(used, [now](const entry::UsedTicket& one) { return one.expires <= now; });
  used.push_back(ticket);
  std::string text;
  for (const auto& one : used) text += format_rfc3339(one.expires) + " " + one.id + "\n";
  return write_private_file(folder_ / kUsedFile, text);
}

}  // namespace berth::gate
