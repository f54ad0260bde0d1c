// A backup that somebody else may have written: keys as text, a stream as it lies on the disk, and what is
// inside of a seal that is right, which whoever knows the public key can make.
#include <cstring>

#include "backup/keys.hpp"
#include "backup/records.hpp"
#include "backup/stream_for_test.hpp"
#include "fuzz.hpp"

namespace {

using namespace berth;

/// Every record that a reader hands on, until it refuses or is at the end.
void read_records(backup::Opener& opener) {
  backup::RecordReader reader(opener);
  const auto head = reader.head();
  if (!head) {
    fuzz::require(!head.error().message.empty());
    return;
  }
  fuzz::require(backup::parse_head(backup::text_of(*head)) == *head);
  for (const auto& month : head->audit_months) fuzz::require(month.size() == std::strlen("audit_2026_11"));
  bool in_table = false;
  while (true) {
    const auto one = reader.next();
    if (!one) return;
    if (one->kind == backup::RecordReader::Kind::kTable) {
      in_table = true;
      fuzz::require(one->text.find_first_of("\"'; ") == std::string_view::npos && !one->text.empty());
    } else if (one->kind == backup::RecordReader::Kind::kRow) {
      fuzz::require(in_table && one->text.size() <= backup::kMaxRowBytes);
    } else {
      if (const auto sums = backup::parse_sums(one->text))
        fuzz::require(backup::parse_sums(backup::text_of(*sums)) == *sums);
      return;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static SeededRandom random(1);
  static const backup::PrivateKey key(random);
  const auto text = fuzz::text_of(data, size);

  if (const auto half = backup::parse_public_key(text, "key"))
    fuzz::require(backup::parse_public_key(backup::text_of(*half), "key") == *half);
  if (const auto whole = backup::PrivateKey::parse(text))
    fuzz::require(backup::PrivateKey::parse(whole->text())->public_half() == whole->public_half());

  if (auto opener = backup::Opener::begin(backup::out_of(std::string(text), 7), key)) {
    fuzz::require(opener->sealed_to() == key.public_half());
    read_records(*opener);
  }

  std::string sealed;
  backup::StreamKey own;
  auto sealer = backup::Sealer::begin(backup::into(sealed), key.public_half(), random, own);
  fuzz::require(sealer && sealer->write(text) && sealer->finish());
  auto opener = backup::Opener::begin(backup::out_of(sealed, 100), key);
  fuzz::require(opener.has_value());
  read_records(*opener);
  // As it is, from any place on.
  if (!sealed.empty() && size > 0) {
    auto changed = sealed;
    changed[size * 31 % changed.size()] ^= static_cast<char>(1 + data[0] % 255);
    fuzz::require(!backup::all_of(backup::Opener::begin(backup::out_of(changed), key)));
  }
  return 0;
}
