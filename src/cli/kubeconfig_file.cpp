#include "cli/kubeconfig_file.hpp"

#include <fmt/format.h>

#include "base/private_file.hpp"
#include "cli/words.hpp"

namespace berth::cli {

Status check_kubeconfig_file(const std::filesystem::path& file, bool force) {
  std::error_code error;
  const auto there = std::filesystem::symlink_status(file, error);
  if (std::filesystem::exists(there)) {
    if (!std::filesystem::is_regular_file(there))
      return fail(Code::kConflict, fmt::format("{} is no plain file, so it is left as it is", file.string()));
    if (!force)
      return fail(Code::kConflict, fmt::format("{} is there already; --force replaces it", file.string()));
  }
  return {};
}

Status write_kubeconfig(const std::filesystem::path& file, std::string_view text, bool force) {
  if (auto may = check_kubeconfig_file(file, force); !may) return may;
  return write_private_file(file, text);
}

std::string validity_text(const json::value& given, const json::value& reservation, Instant now) {
  const auto until = parse_rfc3339(string_at(given, {"valid_until"}));
  const auto end = parse_rfc3339(string_at(reservation, {"end"}));
  auto text = fmt::format("valid until {}, this workspace only", until ? show_time(*until, now) : "-");
  if (until && end && *until < *end) text += "; the reservation goes on longer: take another file then";
  return text;
}

}  // namespace berth::cli
