// Values in PostgreSQL's text form: read or refused by a Fault, never anything between.
#include <cmath>
#include <optional>

#include "fuzz.hpp"
#include "pg/errors.hpp"
#include "pg/value.hpp"

namespace {

using berth::fuzz::require;

template <typename T>
std::optional<T> read(std::string_view text) {
  try {
    return berth::pg::Codec<T>::read(text);
  } catch (const berth::pg::Misuse&) {
    return std::nullopt;
  }
}

template <typename T>
void check(std::string_view text) {
  const auto value = read<T>(text);
  if (value) require(read<T>(berth::pg::Codec<T>::write(*value)) == value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);
  check<std::int64_t>(text);
  check<std::int16_t>(text);
  check<bool>(text);
  check<std::vector<std::byte>>(text);
  check<std::vector<std::optional<std::string>>>(text);
  check<std::vector<std::int64_t>>(text);
  if (const auto number = read<double>(text); number && !std::isnan(*number)) check<double>(text);

  // These are written for the server to read, in a form that it does not write itself.
  if (const auto at = read<berth::Instant>(text)) {
    require(berth::parse_rfc3339(berth::pg::Codec<berth::Instant>::write(*at)) == *at);
  }
  if (const auto window = read<berth::Window>(text)) {
    require(berth::parse_rfc3339(berth::format_rfc3339(window->start)) == window->start);
    require(berth::parse_rfc3339(berth::format_rfc3339(window->end)) == window->end);
  }
  // Any text survives in an array, whatever it holds.
  const std::vector<std::string> texts{std::string(text), "", "NULL"};
  using Texts = std::vector<std::string>;
  require(read<Texts>(berth::pg::Codec<Texts>::write(texts)) == texts);
  return 0;
}
