// What a workspace says to Berth, and what it is answered: whoever is inside writes what they like.
#include "fuzz.hpp"
#include "said/said.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  namespace said = berth::said;
  const auto text = berth::fuzz::text_of(bytes, size);
  if (const auto wish = said::parse_wish(text)) {
    require(size <= said::kMaxWishBytes && wish->id.size() == 36);
    const auto again = said::parse_wish(said::to_text(*wish));
    require(again && *again == *wish);
  } else {
    require(wish.error().code == berth::Code::kMalformed && wish.error().message.size() < 200);
  }
  if (const auto answer = said::parse_answer(text)) {
    const auto written = said::to_text(*answer);
    require(written.size() <= said::kMaxAnswerBytes);
    require(said::parse_answer(written).has_value());
  }
  return 0;
}
