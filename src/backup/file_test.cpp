#include "backup/file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace berth::backup {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kInstallation = "0f3a9c21-1111-4000-8000-000000000000";
const Instant kMoment{seconds(1'795'000'000)};

class BackupFile : public testing::Test {
 protected:
  BackupFile() { fs::create_directories(folder_); }
  ~BackupFile() override { fs::remove_all(folder_); }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_)) all.push_back(entry.path().filename().string());
    std::sort(all.begin(), all.end());
    return all;
  }
  void touch(const std::string& name) const { std::ofstream(folder_ / name) << "x"; }

  fs::path folder_ = testing::TempDir() + "/berth-backup-file-" + std::to_string(::getpid());
};

TEST_F(BackupFile, HasItsNameWhenItIsKeptAndIsGoneOtherwise) {
  const auto beside = folder_ / ".partial";
  {
    auto given_up = FileWriter::open(beside);
    ASSERT_TRUE(given_up && given_up->write("half"));
    EXPECT_THAT(names(), ElementsAre(".partial"));
  }
  EXPECT_THAT(names(), IsEmpty());
  {
    auto kept = FileWriter::open(beside);
    ASSERT_TRUE(kept && kept->write("who") && kept->write("le") && kept->flush() &&
                kept->keep_as(folder_ / "name"));
    EXPECT_EQ(kept->bytes(), 5U);
    EXPECT_EQ(kept->sha256(), "5d5766cf2d78701614200418ee1450690d9af12c84d52545e4802f001ad53099");
  }
  EXPECT_THAT(names(), ElementsAre("name"));
  struct stat found{};
  ASSERT_EQ(::stat((folder_ / "name").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST_F(BackupFile, WritesOverNothingAndFollowsNoLink) {
  touch("name");
  auto file = FileWriter::open(folder_ / ".partial");
  ASSERT_TRUE(file && file->write("new"));
  const auto kept = file->keep_as(folder_ / "name");
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, HasSubstr("File exists"));
  touch("elsewhere");
  fs::create_symlink(folder_ / "elsewhere", folder_ / ".other");
  auto other = FileWriter::open(folder_ / ".other");
  ASSERT_TRUE(other && other->write("much more"));
  EXPECT_EQ(fs::file_size(folder_ / "elsewhere"), 1U);
}

TEST_F(BackupFile, AFullDiskIsTold) {
  auto file = FileWriter::open("/dev/shm/../full/none");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().message, HasSubstr("cannot"));
}

TEST_F(BackupFile, OneAtATimeWritesIntoAFolder) {
  {
    const auto first = FolderLock::take(folder_);
    ASSERT_TRUE(first);
    const auto second = FolderLock::take(folder_);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Code::kConflict);
  }
  EXPECT_TRUE(FolderLock::take(folder_));
  const auto none = FolderLock::take(folder_ / "none");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().fields.front().field, "to");
}

TEST_F(BackupFile, NamesSortByTheirMoment) {
  EXPECT_EQ(file_name(kInstallation, kMoment), "berth-20261118T110640Z-0f3a9c21.backup");
  EXPECT_LT(file_name(kInstallation, kMoment), file_name(kInstallation, kMoment + hours(24 * 50)));
}

TEST_F(BackupFile, TheOldestGoAndNobodyElsesDo) {
  std::vector<std::string> mine;
  for (int day = 0; day < 5; ++day) mine.push_back(file_name(kInstallation, kMoment + hours(24 * day)));
  for (const auto& name : mine) touch(name);
  const auto other = file_name("aaaaaaaa-1111", kMoment - hours(24));
  for (const auto& name : {other, std::string("notes.txt"), mine[0] + ".old", "x" + mine[0].substr(1)})
    touch(name);
  EXPECT_THAT(remove_older(folder_, kInstallation, mine[4], 3).value().removed,
              ElementsAre(mine[0], mine[1]));
  EXPECT_EQ(names().size(), 7U);
  EXPECT_THAT(remove_older(folder_, kInstallation, mine[4], 3).value().removed, IsEmpty());
  EXPECT_TRUE(fs::exists(folder_ / other));
}

TEST_F(BackupFile, AClockThatWasAheadCostsNoneOfTheGoodOnes) {
  std::vector<std::string> mine;
  for (int day = 0; day < 5; ++day) mine.push_back(file_name(kInstallation, kMoment + hours(24 * day)));
  for (const auto& name : mine) touch(name);
  // The last two have a name of the future; the third is the one that was just made.
  const auto cleared = remove_older(folder_, kInstallation, mine[2], 2).value();
  EXPECT_THAT(cleared.removed, ElementsAre(mine[0]));
  EXPECT_THAT(cleared.ahead, ElementsAre(mine[3], mine[4]));
  EXPECT_THAT(names(), ElementsAre(mine[1], mine[2], mine[3], mine[4]));
  // And the oldest of all by its name is not the one that goes, where it is the one that was just made.
  EXPECT_THAT(remove_older(folder_, kInstallation, mine[1], 1).value().removed, IsEmpty());
  EXPECT_TRUE(fs::exists(folder_ / mine[1]));
}

TEST_F(BackupFile, IsTheOneOfItsHashOrNone) {
  constexpr const char* kHash = "5d5766cf2d78701614200418ee1450690d9af12c84d52545e4802f001ad53099";
  std::ofstream(folder_ / "one") << "whole";
  EXPECT_EQ(hash_file(folder_ / "one", "").value(), kHash);
  EXPECT_TRUE(hash_file(folder_ / "one", kHash));
  EXPECT_TRUE(hash_file(folder_ / "one", "5D5766CF2D78701614200418EE1450690D9AF12C84D52545E4802F001AD53099"));
  const std::string other(64, 'a');
  const auto refused = hash_file(folder_ / "one", other);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kMalformed);
  EXPECT_THAT(refused.error().message, AllOf(HasSubstr(kHash), HasSubstr(other)));
  for (const auto& none : {std::string(63, 'a'), std::string(64, 'x')}) {
    const auto told = hash_file(folder_ / "one", none);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().fields.front().field, "sha256");
  }
}

TEST_F(BackupFile, IsReadToItsEnd) {
  std::ofstream(folder_ / "one") << "bytes";
  const auto source = read_file(folder_ / "one");
  ASSERT_TRUE(source);
  std::array<char, 16> room{};
  EXPECT_EQ((*source)(room).value(), 5U);
  EXPECT_EQ((*source)(room).value(), 0U);
  const auto none = read_file(folder_ / "none");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("none"));
}

}  // namespace
}  // namespace berth::backup
