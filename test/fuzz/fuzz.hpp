// What every fuzzer shares. A fuzzer is one `LLVMFuzzerTestOneInput`: libFuzzer calls it with bytes of its
// own making (`make fuzz`), corpus_test.cpp with the files of test/fuzz/corpus and a few mutations of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace berth::fuzz {

/// A promise that some input broke. Nobody catches it under libFuzzer, which then keeps the input.
struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

inline void require(bool held, std::source_location at = std::source_location::current()) {
  if (held) return;
  throw Broken(std::string(at.file_name()) + ":" + std::to_string(at.line()) + ": a promise does not hold");
}

inline std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Cuts the first line off `rest`, without its end.
inline std::string_view take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  const auto line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return line;
}

/// Levels of arrays and objects inside each other: 0 for "x", 1 for [], 2 for [{}].
std::size_t depth_of(const json::value& value);
/// Values and keys.
std::size_t nodes_of(const json::value& value);
/// True when `holds` is true of every text, keys too.
bool all_texts(const json::value& value, bool (*holds)(std::string_view));
/// Equal, save that a number with a fraction may differ in its last digits: Boost.JSON reads those inexactly.
bool same_json(const json::value& left, const json::value& right);

}  // namespace berth::fuzz
