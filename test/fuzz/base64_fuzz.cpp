// Base64 both ways, in both alphabets.
#include <algorithm>

#include "base/base64.hpp"
#include "fuzz.hpp"

namespace {

using berth::fuzz::require;

/// Without white space and padding.
std::string bare(std::string_view text) {
  constexpr std::string_view kLeftOut = " \t\r\n=";
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [&](char c) { return kLeftOut.find(c) == std::string_view::npos; });
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const auto text = berth::fuzz::text_of(bytes, size);

  require(berth::base64_decode(berth::base64_encode(text)) == text);
  require(berth::base64_url_decode(berth::base64_url_encode(text)) == text);

  // What is read is all that was written, and written again it is the same.
  if (const auto decoded = berth::base64_decode(text)) {
    require(bare(berth::base64_encode(*decoded)) == bare(text));
  }
  if (const auto decoded = berth::base64_url_decode(text)) {
    require(berth::base64_url_encode(*decoded) == text);
  }
  return 0;
}
