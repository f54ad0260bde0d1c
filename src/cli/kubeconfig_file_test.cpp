#include "cli/kubeconfig_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/temporary_folder_for_test.hpp"

namespace berth::cli {
namespace {

namespace fs = std::filesystem;

class KubeconfigFile : public testing::Test {
 protected:
  fs::path path(const std::string& name = "config") const { return folder_ / name; }
  std::string content(const fs::path& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static unsigned mode(const fs::path& file) {
    struct stat found{};
    EXPECT_EQ(stat(file.c_str(), &found), 0);
    return found.st_mode & 07777;
  }

  const TemporaryFolder folder_;
};

TEST_F(KubeconfigFile, IsForItsOwnerAloneToRead) {
  ASSERT_TRUE(write_kubeconfig(path(), "secret", false));
  EXPECT_EQ(content(path()), "secret");
  EXPECT_EQ(mode(path()), 0600U);
}

TEST_F(KubeconfigFile, ReplacesWhatIsThereOnlyWhereThatIsAskedFor) {
  std::ofstream(path()) << "mine";
  fs::permissions(path(), fs::perms(0644));
  const auto refused = write_kubeconfig(path(), "secret", false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_NE(refused.error().message.find("--force"), std::string::npos);
  EXPECT_EQ(content(path()), "mine");
  ASSERT_TRUE(write_kubeconfig(path(), "secret", true));
  EXPECT_EQ(content(path()), "secret");
  EXPECT_EQ(mode(path()), 0600U);
}

TEST_F(KubeconfigFile, NeverReplacesALinkOrAFolder) {
  fs::create_directory(path("folder"));
  fs::create_symlink(path("elsewhere"), path("link"));
  for (const auto* name : {"folder", "link"})
    EXPECT_FALSE(write_kubeconfig(path(name), "secret", true)) << name;
  EXPECT_FALSE(fs::exists(path("elsewhere")));
}

TEST(KubeconfigValidity, IsToldWithWhatItIsGoodFor) {
  setenv("TZ", "UTC", 1);
  tzset();
  const auto now = *parse_rfc3339("2026-11-24T09:00:00Z");
  const json::value reservation = {{"end", "2026-11-24T18:00:00Z"}};
  EXPECT_EQ(validity_text({{"valid_until", "2026-11-24T18:00:00Z"}}, reservation, now),
            "valid until Tue 24 Nov 18:00 UTC, this workspace only");
  EXPECT_EQ(
      validity_text({{"valid_until", "2026-11-24T17:00:00Z"}}, reservation, now),
      "valid until Tue 24 Nov 17:00 UTC, this workspace only; the reservation goes on longer: take another "
      "file then");
}

}  // namespace
}  // namespace berth::cli
