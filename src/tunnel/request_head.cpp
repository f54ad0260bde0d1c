#include "tunnel/request_head.hpp"

#include "tunnel/service.hpp"

namespace berth::tunnel {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

}  // namespace

std::optional<RequestHead> take_holder(std::string_view bytes) {
  const auto head = bytes.substr(0, bytes.find("\r\n\r\n") + kLineEnd.size());
  const auto line = std::string(kLineEnd).append(kHolderHeader).append(": ");
  const auto at = head.find(line);
  if (at == std::string_view::npos || head.find(line, at + 1) != std::string_view::npos) return std::nullopt;
  const auto begins = at + line.size();
  const auto ends = head.find(kLineEnd, begins);
  if (ends == std::string_view::npos || ends == begins) return std::nullopt;
  return RequestHead{.holder = std::string(bytes.substr(begins, ends - begins)),
                     .without = std::string(bytes.substr(0, at)).append(bytes.substr(ends))};
}

}  // namespace berth::tunnel
