#include "cli/forward_spec.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "tunnel/target.hpp"

namespace berth::cli {
namespace {

constexpr std::size_t kMost = 32;

Result<Forward> parse_forward(std::string_view typed) {
  const auto colon = typed.find(':');
  const auto port = tunnel::parse_port(colon == std::string_view::npos ? typed : typed.substr(colon + 1));
  const auto before = typed.substr(0, colon);
  const auto local = colon == std::string_view::npos ? port
                     : before == "0"                 ? std::optional<std::uint16_t>(0)
                                                     : tunnel::parse_port(before);
  if (port && local) {
    const auto whose = tunnel::behind_the_gate(*port);
    if (whose.empty()) return Forward{*local, *port};
    return fail(
        invalid_field("port", shown(typed), "any port but 8080, 8082 and 8888",
                      fmt::format("port {} is that of {} in the workspace, which the gate alone keeps: "
                                  "forwarded, it would be open to "
                                  "whoever reaches this machine; `berth open` and `berth shell` lead there",
                                  *port, whose)));
  }
  return fail(invalid_field(
      "port", shown(typed), "[LOCAL:]PORT, each from 1 to 65535",
      fmt::format("\"{}\" is no port: 8000, or 9000:8000 for another one on this machine", shown(typed))));
}

}  // namespace

Result<std::vector<Forward>> parse_forwards(const std::vector<std::string>& typed) {
  if (typed.size() > kMost)
    return fail(Code::kInvalid, fmt::format("{} ports at once; {} at the most", typed.size(), kMost));
  std::vector<Forward> all;
  for (const auto& one : typed) {
    const auto forward = parse_forward(one);
    if (!forward) return fail(forward.error());
    const bool taken = forward->local != 0 && std::any_of(all.begin(), all.end(), [&](const Forward& other) {
                         return other.local == forward->local;
                       });
    if (taken)
      return fail(Code::kInvalid, fmt::format("two would listen at port {} of this machine", forward->local));
    all.push_back(*forward);
  }
  return all;
}

}  // namespace berth::cli
