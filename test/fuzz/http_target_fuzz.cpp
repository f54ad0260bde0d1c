// What the parser of request targets promises, for any bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/target.hpp"

namespace {

void require(bool held) {
  if (!held) std::abort();
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const auto target = berth::http::parse_target(text);
  if (!target) {
    require(target.error().code == berth::Code::kMalformed && !target.error().message.empty());
    return 0;
  }
  require(target->path.starts_with('/'));
  require(target->path.size() <= size);
  require(!has_dot_segment(target->path));
  require(berth::http::is_utf8(target->path));
  for (const char c : target->path) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  std::size_t decoded = target->path.size();
  for (const auto& [name, value] : target->query) {
    require(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
    require(berth::http::is_utf8(name) && berth::http::is_utf8(value));
    decoded += name.size() + value.size();
  }
  require(decoded <= size);
  return 0;
}
