// Cursors of lists: opaque to whoever carries them, so anything may come back.
#include "fuzz.hpp"
#include "store/page.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using berth::fuzz::require;
  using berth::store::MarkId;
  const auto text = berth::fuzz::text_of(bytes, size);
  for (const auto kind : {MarkId::kUuid, MarkId::kNumber}) {
    const auto mark = berth::store::parse_cursor(text, kind);
    if (!mark) {
      require(mark.error().code == berth::Code::kInvalid && mark.error().fields.size() == 1);
      require(mark.error().fields.front().value.size() <= 64);
      continue;
    }
    require(mark->has_value() == !text.empty());
    if (text.empty()) continue;
    require(size <= 200);
    require(berth::parse_rfc3339(berth::format_rfc3339((*mark)->at)) == (*mark)->at);
    require((*mark)->id.size() <= 36);
    const auto again = berth::store::parse_cursor(berth::store::to_cursor(**mark), kind);
    require(again && *again == *mark);
  }
  return 0;
}
