#include "base/private_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

namespace berth {
namespace {

namespace fs = std::filesystem;

class PrivateFile : public testing::Test {
 protected:
  PrivateFile() : folder_(fs::path(testing::TempDir()) / ("berth-private-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~PrivateFile() override { fs::remove_all(folder_); }

  static std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static mode_t mode(const fs::path& file) {
    struct stat status{};
    return ::stat(file.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
  }

  fs::path folder_;
};

TEST_F(PrivateFile, IsTheirsAloneAndWhole) {
  const auto file = folder_ / "secret";
  const std::string large(3'000'000, 'x');
  ASSERT_TRUE(write_private_file(file, large));
  EXPECT_EQ(read(file), large);
  EXPECT_EQ(mode(file), 0600U);
  ASSERT_TRUE(write_private_file(file, "short"));
  EXPECT_EQ(read(file), "short");
  EXPECT_FALSE(fs::exists(folder_ / "secret.new"));
}

TEST_F(PrivateFile, WhatWasOpenToAllIsNot) {
  const auto file = folder_ / "secret";
  std::ofstream(file) << "old";
  std::ofstream(folder_ / "secret.new") << "left over";
  fs::permissions(file, fs::perms::all);
  fs::permissions(folder_ / "secret.new", fs::perms::all);
  ASSERT_TRUE(write_private_file(file, "new"));
  EXPECT_EQ(mode(file), 0600U);
}

TEST_F(PrivateFile, ALinkInItsWayIsNotFollowed) {
  std::ofstream(folder_ / "other") << "as it was";
  fs::create_symlink(folder_ / "other", folder_ / "secret.new");
  const auto written = write_private_file(folder_ / "secret", "a secret");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message.find("secret.new"), std::string::npos) << written.error().message;
  EXPECT_EQ(read(folder_ / "other"), "as it was");
}

TEST_F(PrivateFile, SaysWhichFileItCouldNotWrite) {
  const auto done = write_private_file(folder_ / "nowhere" / "secret", "x");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kUnavailable);
  EXPECT_NE(done.error().message.find((folder_ / "nowhere" / "secret.new").string()), std::string::npos);
}

}  // namespace
}  // namespace berth
