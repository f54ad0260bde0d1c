// The bytes of a watch: cut anywhere they give the same lines, no line is longer than its limit, and each
// line is an event or an error.
#include <vector>

#include "fuzz.hpp"
#include "kube/client_impl.hpp"
#include "kube/line_splitter.hpp"

namespace {

using berth::fuzz::require;

constexpr std::size_t kMaxLineBytes = 200;

struct Split {
  std::vector<std::string> lines;
  bool too_long = false;
  bool has_rest = false;
};

Split split(std::string_view text, std::size_t step) {
  Split out;
  berth::kube::LineSplitter splitter(kMaxLineBytes);
  while (!text.empty() && !out.too_long) {
    const auto piece = text.substr(0, step);
    text.remove_prefix(piece.size());
    const auto fed = splitter.feed(piece, [&](std::string_view line) {
      out.lines.emplace_back(line);
      return true;
    });
    out.too_long = !fed;
    if (!fed) require(fed.error().code == berth::Code::kTooLarge);
  }
  out.has_rest = splitter.has_rest();
  return out;
}

void check_event(std::string_view line) {
  const auto event = berth::kube::read_event("watch pods", line);
  if (event) {
    require(event->object.is_object());
    require(berth::fuzz::depth_of(event->object) < berth::kube::kMaxObjectDepth);
    (void)berth::kube::key_of(event->object);
  } else {
    require(event.error().message.starts_with("watch pods"));
    require(event.error().retry_after_seconds >= 0);
  }
}

}  // namespace

/// The first byte says in what pieces the rest is given.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const auto text = berth::fuzz::text_of(bytes + 1, size - 1);
  const auto pieces = split(text, std::size_t{bytes[0]} + 1);
  const auto whole = split(text, text.size());
  require(pieces.too_long == whole.too_long && pieces.lines == whole.lines);
  if (!whole.too_long) require(pieces.has_rest == whole.has_rest);
  for (const auto& line : whole.lines) {
    require(!line.empty() && line.size() <= kMaxLineBytes && line.find('\n') == std::string::npos);
    check_event(line);
  }
  return 0;
}
