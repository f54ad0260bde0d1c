#include "cli/input_file.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace berth::cli {
namespace {

class InputFile : public testing::Test {
 protected:
  ~InputFile() override { std::filesystem::remove(path_); }
  Result<std::vector<json::value>> read(const std::string& text) const {
    std::ofstream(path_) << text;
    return read_documents(path_);
  }

  const std::string path_ = testing::TempDir() + "/berth-input-" + std::to_string(::getpid());
};

TEST_F(InputFile, GivesItsDocuments) {
  const auto documents = read("a: 1\n---\nb: 2\n");
  ASSERT_TRUE(documents);
  EXPECT_EQ(documents->size(), 2U);
}

TEST_F(InputFile, ThatIsNoYamlIsTheUsersFaultAndNamed) {
  for (const auto* text : {"a: [1\n", "a: 1\na: 2\n", "\xff\xfe"}) {
    const auto documents = read(text);
    ASSERT_FALSE(documents) << text;
    EXPECT_EQ(documents.error().code, Code::kInvalid) << text;
    EXPECT_TRUE(documents.error().message.starts_with(path_ + ": ")) << documents.error().message;
  }
  const auto missing = read_documents(path_ + "-not-there");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::kInvalid);
}

}  // namespace
}  // namespace berth::cli
