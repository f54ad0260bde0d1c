#include "entry/sealed.hpp"

#include <gtest/gtest.h>

namespace berth::entry {
namespace {

constexpr std::string_view kText = "a token that nobody else reads";

TEST(Sealed, IsReadByWhoeverHasTheOtherHalf) {
  SystemRandom random;
  const SealKeys keys(random);
  const auto sealed = seal(keys.public_half(), kText);
  ASSERT_TRUE(sealed);
  const auto opened = keys.open(*sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, kText);
}

TEST(Sealed, ShowsNothingOfTheText) {
  SystemRandom random;
  const SealKeys keys(random);
  const auto sealed = seal(keys.public_half(), kText);
  ASSERT_TRUE(sealed);
  const std::string bytes(reinterpret_cast<const char*>(sealed->data()), sealed->size());
  EXPECT_EQ(bytes.find("token"), std::string::npos);
  EXPECT_EQ(sealed->size(), kText.size() + kSealBytes);
}

TEST(Sealed, IsReadByNobodyElseAndNotWhenChanged) {
  SystemRandom random;
  const SealKeys keys(random);
  const SealKeys others(random);
  auto sealed = *seal(keys.public_half(), kText);
  EXPECT_FALSE(others.open(sealed));
  for (const std::size_t at : {std::size_t{0}, kSealBytes, sealed.size() - 1}) {
    auto changed = sealed;
    changed[at] ^= std::byte{1};
    EXPECT_FALSE(keys.open(changed)) << at;
  }
  sealed.pop_back();
  EXPECT_FALSE(keys.open(sealed));
  EXPECT_FALSE(keys.open({}));
}

TEST(Sealed, NothingIsSealedToAKeyThatIsNone) {
  EXPECT_FALSE(seal(SealPublicKey{}, kText));
}

}  // namespace
}  // namespace berth::entry
