#include "cli/range.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/words.hpp"

namespace berth::cli {
namespace {

Result<std::optional<Instant>> read(const char* field, const std::string& text, const Reference& reference) {
  if (text.empty()) return std::optional<Instant>();
  const auto at = text == "now" ? Result<Instant>(reference.now) : parse_time(text, reference);
  if (at) return std::optional(*at);
  return fail(
      invalid_field(field, text, "a date or time", fmt::format("--{}: {}", field, at.error().message)));
}

}  // namespace

Result<Range> parse_range(const std::string& from, const std::string& to, Reference reference) {
  const auto first = read("from", from, reference);
  if (!first) return fail(first.error());
  if (reference.back) reference.after = *first;
  const auto last = read("to", to, reference);
  if (!last) return fail(last.error());
  const Range range{.from = *first, .to = *last};
  if (!range.from || !range.to || *range.from < *range.to) return range;
  return fail(invalid_field(
      "to", to, "after " + from,
      fmt::format("--to \"{}\" is {}, which is not after --from \"{}\", {}: nothing is in between", shown(to),
                  show_time(*range.to, reference.now, reference.zone), shown(from),
                  show_time(*range.from, reference.now, reference.zone))));
}

}  // namespace berth::cli
