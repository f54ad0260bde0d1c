#include "tunnel/shell_messages.hpp"

#include <gtest/gtest.h>

namespace berth::tunnel {
namespace {

void comes_back(const FromClient& message) {
  const auto read = read_from_client(to_message(message));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, message);
}

void comes_back(const FromServer& message) {
  const auto read = read_from_server(to_message(message));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, message);
}

TEST(TerminalMessages, OfAClientComeBackAsTheyWere) {
  comes_back(FromClient{ShellStart{}});
  comes_back(
      FromClient{ShellStart{{"printf", "%s", "", "é\n\x01"}, WindowSize{1, 10'000}, "xterm-256color"}});
  comes_back(FromClient{WindowSize{50, 132}});
  comes_back(FromClient{InputEnd{}});
  comes_back(FromClient{Bytes{Channel::kInput, std::string("\0\xff~.", 4)}});
  comes_back(FromClient{Bytes{Channel::kInput, ""}});
}

TEST(TerminalMessages, OfAServerToo) {
  comes_back(FromServer{Bytes{Channel::kOutput, "out"}});
  comes_back(FromServer{Bytes{Channel::kErrors, std::string(kChunkBytes, 'x')}});
  comes_back(FromServer{Exited{0, ""}});
  comes_back(FromServer{Exited{255, "no such program"}});
}

TEST(TerminalMessages, WhatIsNoneOfAClientIsMalformed) {
  for (const auto* text :
       {"",
        "null",
        "[]",
        "{}",
        R"({"size":{}})",
        R"({"size":{"rows":0,"columns":80}})",
        R"({"size":{"rows":24,"columns":10001}})",
        R"({"size":{"rows":"24","columns":80}})",
        R"({"end":false})",
        R"({"end":true,"size":{"rows":24,"columns":80}})",
        R"({"other":1})",
        R"({"start":{}})",
        R"({"start":{"command":"ls"}})",
        R"({"start":{"command":[1]}})",
        R"({"start":{"command":[""]}})",
        R"({"start":{"command":["a\u0000b"]}})",
        R"({"start":{"command":[],"terminal":{"rows":24,"columns":80}}})",
        R"({"start":{"command":[],"terminal":{"rows":24,"columns":80,"name":"../../etc"}}})",
        R"({"start":{"command":[],"terminal":{"rows":24,"columns":80,"name":"x\ny"}}})",
        R"({"exited":{"code":0}})"}) {
    const auto read = read_from_client({text, true});
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, Code::kMalformed) << text;
  }
  EXPECT_FALSE(read_from_client({"", false}));
  EXPECT_FALSE(read_from_client({"\x01out", false})) << "output comes from a server alone";
}

TEST(TerminalMessages, NorOfAServer) {
  for (const auto* text : {"", "{}", R"({"exited":{}})", R"({"exited":{"code":256}})",
                           R"({"exited":{"code":-1}})", R"({"end":true})"})
    EXPECT_FALSE(read_from_server({text, true})) << text;
  EXPECT_FALSE(read_from_server({"", false}));
  EXPECT_FALSE(read_from_server({std::string("\0in", 3), false})) << "input goes to it alone";
  EXPECT_FALSE(read_from_server({"\x03x", false}));
}

TEST(TerminalMessages, ATerminalWhoseNameIsNoneIsAPlainOne) {
  const auto read = read_from_client(to_message(FromClient{ShellStart{{}, WindowSize{}, "a b"}}));
  ASSERT_TRUE(read);
  EXPECT_EQ(std::get<ShellStart>(*read).terminal_name, "xterm");
}

TEST(TerminalMessages, ACommandHasItsLimits) {
  EXPECT_TRUE(check_command({}));
  EXPECT_TRUE(check_command(std::vector<std::string>(kMaxCommandWords, "x")));
  EXPECT_FALSE(check_command(std::vector<std::string>(kMaxCommandWords + 1, "x")));
  EXPECT_TRUE(check_command({std::string(kMaxCommandBytes, 'x')}));
  EXPECT_FALSE(check_command({std::string(kMaxCommandBytes + 1, 'x')}));
  EXPECT_FALSE(check_command({"\xff"}));
  EXPECT_FALSE(check_command({std::string("a\0b", 3)}));
  EXPECT_FALSE(check_command({"", "x"}));
}

TEST(TerminalMessages, TheLongestCommandFitsIntoAMessage) {
  const ShellStart start{
      std::vector<std::string>(kMaxCommandWords, std::string(kMaxCommandBytes / kMaxCommandWords, '\x01')),
      {},
      ""};
  ASSERT_TRUE(check_command(start.command));
  const auto message = to_message(FromClient{start});
  EXPECT_GT(message.bytes.size(), 6 * kMaxCommandBytes);
  EXPECT_LE(message.bytes.size(), kMaxMessageBytes);
}

}  // namespace
}  // namespace berth::tunnel
