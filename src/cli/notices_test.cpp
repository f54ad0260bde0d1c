#include "cli/notices.hpp"

#include <gmock/gmock.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include "base/temporary_folder_for_test.hpp"

namespace berth::cli {
namespace {

using testing::HasSubstr;

/// A terminal whose other end is the test's.
class Terminal {
 public:
  Terminal() { EXPECT_EQ(openpty(&ours_, &theirs_, nullptr, nullptr, nullptr), 0); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    close(ours_);
    close(theirs_);
  }
  std::string path() const { return ttyname(theirs_); }
  /// What was written to it by now: all that comes before a mark of the test's own.
  std::string shown() const {
    constexpr std::string_view kMark = "<mark>";
    EXPECT_EQ(write(theirs_, kMark.data(), kMark.size()), static_cast<ssize_t>(kMark.size()));
    std::string all;
    std::array<char, 4096> bytes{};
    while (!all.ends_with(kMark)) {
      const auto count = read(ours_, bytes.data(), bytes.size());
      if (count <= 0) return "nothing can be read: " + all;
      all.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return all.substr(0, all.size() - kMark.size());
  }

 private:
  int ours_ = -1;
  int theirs_ = -1;
};

class Notices : public testing::Test {
 protected:
  Notices() {
    setenv("TZ", "Europe/Berlin", 1);
    tzset();
    facts_.end = end_;
    // As /dev/pts: terminals by number, and what is none.
    terminals_ = place_ / "pts";
    std::filesystem::create_directory(terminals_);
    std::filesystem::create_symlink(terminal_.path(), terminals_ / "7");
    std::filesystem::create_symlink("/dev/null", terminals_ / "8");
    std::ofstream(terminals_ / "9") << "";
    std::filesystem::create_symlink(terminal_.path(), terminals_ / "ptmx");
  }

  std::string look(Instant now) {
    look_for_notice(facts_, now, file(), terminals_);
    return terminal_.shown();
  }
  std::filesystem::path file() const { return place_ / "notices" / "notice.json"; }

  const Instant end_ = parse_rfc3339("2026-11-24T17:00:00Z").value();
  Terminal terminal_;
  const TemporaryFolder place_;
  std::filesystem::path terminals_;
  SessionFacts facts_;
};

TEST_F(Notices, AreWrittenToOwnTerminalsAndNothingElse) {
  EXPECT_EQ(write_to_terminals(terminals_, "soon"), 1);
  EXPECT_THAT(terminal_.shown(), HasSubstr("soon"));
  EXPECT_EQ(std::filesystem::file_size(terminals_ / "9"), 0U) << "a file is no terminal";
  EXPECT_EQ(write_to_terminals(place_ / "none", "soon"), 0);
}

TEST_F(Notices, AreToldOnceInTerminalAndFileAlsoByTheNextProgram) {
  EXPECT_EQ(look(end_ - minutes(31)), "");
  EXPECT_THAT(look(end_ - minutes(30)),
              HasSubstr("Your workspace ends at 18:00 (in 30 minutes). Extend it with: berth extend 1h"));
  EXPECT_EQ(kept_notice(file()), (said::Notice{end_, minutes(30)}));
  EXPECT_EQ(look(end_ - minutes(29)), "");
  EXPECT_THAT(look(end_ - minutes(10)), HasSubstr("(in 10 minutes)"));
  EXPECT_EQ(look(end_ - minutes(1)), "");
  facts_.end = end_ + hours(1);
  EXPECT_EQ(look(end_), "");
  EXPECT_THAT(look(end_ + minutes(30)), HasSubstr("ends at 19:00 (in 30 minutes)")) << "after an extension";
}

TEST_F(Notices, TheirFileIsForTheEditorToRead) {
  look(end_ - minutes(30));
  std::ifstream in(file());
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto body = parse_json(text).value();
  EXPECT_EQ(string_at(body, {"ends_at"}), "2026-11-24T17:00:00Z");
  EXPECT_EQ(find_int(body, {"before_minutes"}), 30);
  EXPECT_THAT(string_at(body, {"text"}), HasSubstr("Your workspace ends at 18:00"));
}

TEST_F(Notices, OneThatCannotBeKeptIsNotToldAgainAndAgain) {
  std::ofstream(place_ / "notices") << "in the way";
  EXPECT_EQ(look(end_ - minutes(30)), "");
}

TEST_F(Notices, OfAPartWithoutItsOwnersSettingsTellTheImagesLine) {
  EXPECT_THAT(plain_parts(place_), testing::IsEmpty());
  std::ofstream(place_ / "lab.plain") << "JupyterLab runs without them.\n";
  EXPECT_THAT(plain_parts(place_), testing::ElementsAre("JupyterLab runs without them."));
  std::ofstream(place_ / "editor.plain") << "VS Code \x1b[31mtoo.\n";
  const auto both = plain_parts(place_);
  ASSERT_EQ(both.size(), 2);
  EXPECT_THAT(both[0], testing::AllOf(testing::StartsWith("VS Code"), testing::Not(HasSubstr("\x1b"))));
}

TEST_F(Notices, AFileThatIsNoneIsNoNotice) {
  std::filesystem::create_directory(place_ / "notices");
  for (const auto* text : {"", "{", "[]", R"({"ends_at":5})", R"({"ends_at":"2026-11-24T17:00:00Z"})"}) {
    std::ofstream(file(), std::ios::trunc) << text;
    EXPECT_EQ(kept_notice(file()), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace berth::cli
