#include "base/log_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace berth {
namespace {

TEST(LogFile, ThatCannotBeOpenedIsAnErrorWithPathAndReason) {
  const auto log = open_log("test", LogLevel::kInfo, "/proc/self/no-such-place/berth.log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, Code::kUnavailable);
  EXPECT_EQ(log.error().message,
            "cannot write the log /proc/self/no-such-place/berth.log: No such file or directory");
}

TEST(LogFile, OnAFullDiskLosesLinesAndSaysSoOnce) {
  const auto log = open_log("test", LogLevel::kInfo, "/dev/full");
  ASSERT_TRUE(log) << log.error().message;
  testing::internal::CaptureStderr();
  for (int i = 0; i < 20; ++i) log->info("a line");
  const auto told = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(told.starts_with("berth: lines of the log /dev/full are lost: ")) << told;
  EXPECT_NE(told.find("No space left on device"), std::string::npos) << told;
  EXPECT_EQ(told.find('\n'), told.size() - 1) << told;
}

}  // namespace
}  // namespace berth
