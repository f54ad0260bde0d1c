#include "cli/command_line.hpp"

#include <gmock/gmock.h>

#include <CLI/CLI.hpp>

#include "base/slips.hpp"

namespace berth::cli {
namespace {

class CommandLine : public testing::Test {
 protected:
  CommandLine() {
    app_.add_option("--log-level", text_);
    auto* book = app_.add_subcommand("book");
    book->add_option("class", text_, "Device class");
    book->add_option("--units", text_);
    auto* free = app_.add_subcommand("free");
    free->add_option("--from", text_);
    free->add_option("--for", text_);
    free->add_option("--secret", text_)->group("");
    auto* cost = app_.add_subcommand("cost");
    cost->add_subcommand("unit")->add_option("--utilisation", text_);
    cost->add_subcommand("solve");
    app_.add_subcommand("boot")->group("");
    app_.add_subcommand("shell")->add_flag("-t");
    app_.add_subcommand("apply")->add_option("-f,--file", text_);
  }
  std::string said(const Typed& typed) const { return unknown_word(app_, typed).value_or("nothing"); }

  std::string empty(const Typed& typed) {
    try {
      app_.parse(Typed(typed.rbegin(), typed.rend()));
    } catch (const CLI::ParseError&) {  // as CLI11 tells of an option that has no value behind its sign
    }
    return empty_word(app_, typed).value_or("nothing");
  }

  std::string text_;
  CLI::App app_{"", "berth"};
};

TEST_F(CommandLine, AnUnknownCommandIsNamedWithTheNearestOne) {
  EXPECT_EQ(said({"bok"}), "unknown command \"bok\"; did you mean book?");
  EXPECT_EQ(said({"--log-level", "debug", "fre", "--from", "x"}),
            "unknown command \"fre\"; did you mean free?");
  EXPECT_EQ(said({"boo"}), "unknown command \"boo\"; did you mean book?") << "not one that is not shown";
  EXPECT_EQ(said({"zebra"}), "unknown command \"zebra\"");
  EXPECT_EQ(said({"cost", "unti"}), "unknown command \"unti\" of berth cost; did you mean unit?");
  EXPECT_EQ(said({"\x1b[2J"}), "unknown command \"?[2J\"");
}

TEST_F(CommandLine, WhatOtherProgramsCallItIsKnown) {
  EXPECT_EQ(said({"ls"}), "unknown command \"ls\"; did you mean list?");
  EXPECT_EQ(said({"find"}),
            "unknown command \"find\"; did you mean free? And berth book CLASS --for 2h --dry-run names what "
            "would fit instead");
  EXPECT_THAT(said({"logs", "first"}),
              testing::HasSubstr("kubectl --kubeconfig FILE logs deployment/workspace"));
  EXPECT_EQ(said({"cost", "ls"}), "unknown command \"ls\" of berth cost")
      << "no command there is called otherwise";
}

TEST_F(CommandLine, AnUnknownOptionIsNamedWithTheNearestOne) {
  EXPECT_EQ(said({"free", "--fro", "2h"}), "unknown option \"--fro\" of berth free; did you mean --from?");
  EXPECT_EQ(said({"cost", "unit", "--utilization=0.8"}),
            "unknown option \"--utilization\" of berth cost unit; did you mean --utilisation?");
  EXPECT_EQ(said({"free", "--secre", "x"}), "unknown option \"--secre\" of berth free");
}

TEST_F(CommandLine, OneOfASingleLetterIsNamedToo) {
  EXPECT_EQ(said({"-x"}), "unknown option \"-x\" of berth");
  EXPECT_EQ(said({"-l"}), "unknown option \"-l\" of berth; did you mean --log-level?");
  EXPECT_EQ(said({"book", "x", "-u2"}), "unknown option \"-u\" of berth book; did you mean --units?");
  EXPECT_EQ(said({"free", "-f", "now"}), "unknown option \"-f\" of berth free") << "two begin so";
  EXPECT_EQ(said({"book", "x", "--units", "-2"}), "nothing") << "a number is no option";
  EXPECT_EQ(said({"book", "-h"}), "nothing");
  EXPECT_EQ(said({"apply", "-f", "-"}), "nothing") << "nor is standard input";
}

TEST_F(CommandLine, WhatIsKnownIsNotAtFaultHere) {
  EXPECT_EQ(said({"book", "slice-24gb", "--units", "x"}), "nothing");
  EXPECT_EQ(said({"book"}), "nothing");
  EXPECT_EQ(said({"cost"}), "nothing");
  EXPECT_EQ(said({"--log-level", "debug", "book"}), "nothing") << "it is an option of berth itself";
}

TEST_F(CommandLine, AnEmptyWordIsNamedByWhatItWasToBe) {
  EXPECT_EQ(empty({"book", ""}), "berth book: class is an empty word; meant is: Device class");
  EXPECT_EQ(empty({"book", " \t"}), "berth book: class is an empty word; meant is: Device class");
  EXPECT_EQ(empty({"book", "x", "--units", ""}), "berth book: --units is an empty word");
  EXPECT_EQ(empty({"book", "x", "--units="}), "berth book: --units is an empty word");
  EXPECT_EQ(empty({"--log-level", "", "book", "x"}), "berth book: --log-level is an empty word");
  EXPECT_EQ(empty({"cost", "unit", "--utilisation", ""}), "berth cost unit: --utilisation is an empty word");
  EXPECT_EQ(empty({"book", "x", "--units", "2"}), "nothing");
  EXPECT_EQ(empty({"book"}), "nothing") << "what is left out is another matter";
}

TEST_F(CommandLine, HelpAndVersionAreCommandsToo) {
  EXPECT_EQ(spelled_out({}), Typed{"--help"});
  EXPECT_EQ(spelled_out({"help"}), Typed{"--help"});
  EXPECT_EQ(spelled_out({"help", "cost", "unit"}), (Typed{"cost", "unit", "--help"}));
  EXPECT_EQ(spelled_out({"version"}), Typed{"--version"});
  EXPECT_EQ(spelled_out({"book", "help"}), (Typed{"book", "help"}));
}

TEST_F(CommandLine, WhatIsForAnotherMachinesProgramIsTakenOut) {
  Typed typed{"shell", "-t", "gate", "--", "ls", "-l", "", "--", "[1,2]"};
  EXPECT_EQ(take_foreign(app_, typed), (Typed{"ls", "-l", "", "--", "[1,2]"}));
  EXPECT_EQ(typed, (Typed{"shell", "-t", "gate"}));
  Typed none{"shell", "gate"};
  EXPECT_EQ(take_foreign(app_, none), Typed{});
  EXPECT_EQ(none.size(), 2U);
  Typed other{"book", "--", "shell"};
  EXPECT_EQ(take_foreign(app_, other), Typed{});
  EXPECT_EQ(other.size(), 3U);
}

TEST(Slips, AreTheFewestChanges) {
  EXPECT_EQ(slips("book", "book"), 0U);
  EXPECT_EQ(slips("bok", "book"), 1U);
  EXPECT_EQ(slips("", "book"), 4U);
  EXPECT_EQ(slips("unti", "unit"), 2U);
}

}  // namespace
}  // namespace berth::cli
