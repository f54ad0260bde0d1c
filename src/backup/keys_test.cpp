#include "backup/keys.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace berth::backup {
namespace {

using testing::HasSubstr;
using testing::Not;

class BackupKeys : public testing::Test {
 protected:
  BackupKeys() { std::filesystem::create_directories(folder_); }
  ~BackupKeys() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ = testing::TempDir() + "/berth-backup-keys-" + std::to_string(::getpid());
  SystemRandom random_;
};

TEST_F(BackupKeys, BothHalvesAreReadAsTheyWereWritten) {
  const PrivateKey key(random_);
  const auto again = PrivateKey::parse(key.text());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_half(), key.public_half());
  EXPECT_EQ(again->secret(), key.secret());
  const auto half = parse_public_key(" " + text_of(key.public_half()) + "\r\n", "--public-key");
  ASSERT_TRUE(half);
  EXPECT_EQ(*half, key.public_half());
  EXPECT_EQ(fingerprint(*half).size(), 16U);
}

TEST_F(BackupKeys, OneHalfInThePlaceOfTheOtherIsToldAndNotRepeated) {
  const PrivateKey key(random_);
  const auto secret = key.text().substr(23, 43);
  const auto wrong = parse_public_key(key.text(), "--public-key");
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("--public-key holds the private half"));
  EXPECT_THAT(wrong.error().message + wrong.error().fields.front().value, Not(HasSubstr(secret)));
  const auto other = PrivateKey::parse(text_of(key.public_half()));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("public half"));
}

TEST_F(BackupKeys, WhatIsNoKeyIsRefusedWithoutRepeatingIt) {
  const PrivateKey key(random_);
  const auto whole = key.text();
  for (const auto& text :
       {std::string(), std::string("a word"), whole.substr(0, 40), whole.substr(0, whole.size() - 2) + "!",
        whole.substr(0, whole.size() - 1) + "AAAA", std::string(1000, 'A')}) {
    const auto none = PrivateKey::parse(text);
    ASSERT_FALSE(none) << text;
    EXPECT_EQ(none.error().code, Code::kInvalid);
    EXPECT_THAT(none.error().message, Not(HasSubstr(whole.substr(23, 10))));
    EXPECT_FALSE(parse_public_key(text, "key"));
  }
}

TEST_F(BackupKeys, AFileIsForItsOwnerAloneAndIsNotWrittenOver) {
  const auto file = folder_ / "key";
  const auto made = make_key_file(file, random_);
  ASSERT_TRUE(made);
  struct stat found{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  const auto key = read_key_file(file);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->public_half(), *made);
  const auto again = make_key_file(file, random_);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("is there already"));
  EXPECT_EQ(read_key_file(file)->public_half(), *made);
}

TEST_F(BackupKeys, AFileThatIsNotThereIsNamed) {
  const auto none = read_key_file(folder_ / "nothing");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("nothing"));
}

}  // namespace
}  // namespace berth::backup
