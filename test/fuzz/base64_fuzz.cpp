// Base64 both ways, and the two readers of it against each other.
#include <algorithm>

#include "fuzz.hpp"
#include "kube/base64.hpp"
#include "simcluster/base64.hpp"

namespace {

using berth::fuzz::require;

/// Without white space and padding, and without the bits that the last digit has too many.
std::string canonical(std::string_view text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out),
               [&](char c) { return kDigits.find(c) != std::string_view::npos; });
  const auto over = out.size() % 4;
  if (over >= 2) out.back() = kDigits[kDigits.find(out.back()) & (over == 2 ? 0x30U : 0x3cU)];
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  namespace kube = berth::kube;
  namespace sim = berth::simcluster;
  const auto text = berth::fuzz::text_of(bytes, size);

  require(kube::decode_base64(kube::encode_base64(text)) == text);
  require(sim::base64_decode(sim::base64_encode(text)) == text);
  require(sim::base64_url_decode(sim::base64_url_encode(text)) == text);
  require(kube::encode_base64(text) == sim::base64_encode(text));

  const auto decoded = kube::decode_base64(text);
  if (decoded) {
    require(decoded->size() <= size / 4 * 3 + 2);
    require(canonical(kube::encode_base64(*decoded)) == canonical(text));
  }
  // What the strict one takes the other takes too, and the same way.
  if (const auto strict = sim::base64_decode(text)) require(decoded == strict);
  return 0;
}
