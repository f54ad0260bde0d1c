// The keeper with a shell script in the gate's place, at a port of this machine.
#include "gate/keeper.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "base/temporary_folder_for_test.hpp"

namespace berth::gate {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kKeeperPatience{20};
const std::vector<std::string> kHere{"127.0.0.1"};

class AKeeper : public testing::Test {
 protected:
  AKeeper() {
    // Notes that it was started, with which sockets, and stays.
    std::ofstream(program()) << fmt::format("#!/bin/sh\necho $$ $NGINX >>{0}/started\nexec sleep 600\n",
                                            folder_.string());
    ::chmod(program().c_str(), 0700);
    std::ofstream(folder_ / "pass.key") << "a key";
  }
  ~AKeeper() override { stop(); }
  std::string program() const { return folder_ / "program"; }

  void start(std::chrono::milliseconds ask_every = 1h) {
    thread_ = std::thread([this, ask_every] {
      ended_ = keep(
          {.folder = folder_,
           .port = port_,
           .addresses = kHere,
           .command = {program()},
           .ask_every = ask_every,
           .most_silent = 2},
          [this](std::chrono::milliseconds patience) {
            for (const auto until = std::chrono::steady_clock::now() + patience;
                 !stopped_ && std::chrono::steady_clock::now() < until;)
              std::this_thread::sleep_for(10ms);
            return stopped_.load();
          },
          Log::silent());
    });
  }
  void stop() {
    stopped_ = true;
    if (thread_.joinable()) thread_.join();
  }
  std::string content(const char* name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  static bool soon(const std::function<bool()>& holds) {
    for (const auto until = std::chrono::steady_clock::now() + kKeeperPatience;
         std::chrono::steady_clock::now() < until;) {
      if (holds()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  /// The process of each start.
  std::vector<pid_t> starts() const {
    std::vector<pid_t> all;
    std::istringstream lines(content("started"));
    for (std::string line; std::getline(lines, line);) all.push_back(std::stoi(line));
    return all;
  }
  bool taken() const {
    const auto mine = Listening::at(kHere, port_);
    return !mine && mine.error().code == Code::kConflict;
  }

  /// One that is free just now.
  static std::uint16_t free_port() {
    for (std::uint16_t port = 20'000 + static_cast<std::uint16_t>(::getpid() % 10'000);; ++port) {
      if (Listening::at(kHere, port)) return port;
    }
  }

  const TemporaryFolder folder_;
  const std::uint16_t port_ = free_port();
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
  Status ended_;
};

TEST_F(AKeeper, HoldsThePortAndHandsItOn) {
  start();
  ASSERT_TRUE(soon([&] { return starts().size() == 1; }));
  EXPECT_TRUE(taken());
  EXPECT_EQ(content("listen.conf"), fmt::format("listen 127.0.0.1:{} rcvbuf=65536 sndbuf=65536;\n", port_));
  const auto sockets = content("started").substr(content("started").find(' ') + 1);
  const auto file = fmt::format("/proc/{}/fd/{}", starts().front(), sockets.substr(0, sockets.find(';')));
  EXPECT_TRUE(std::filesystem::read_symlink(file).string().starts_with("socket:")) << file;
  EXPECT_EQ(content("pass.key"), "a key");
  stop();
  EXPECT_TRUE(ended_);
  EXPECT_NE(::kill(starts().front(), 0), 0) << "the gate ends with it";
  EXPECT_FALSE(taken());
}

TEST_F(AKeeper, StartsTheGateAgainAndNobodyGetsThePortMeanwhile) {
  start();
  ASSERT_TRUE(soon([&] { return starts().size() == 1; }));
  ::kill(starts().front(), SIGKILL);
  bool always = true;
  EXPECT_TRUE(soon([&] {
    always = always && taken();
    return starts().size() == 2;
  }));
  EXPECT_TRUE(always);
  EXPECT_EQ(content("pass.key"), "a key") << "who is inside stays";
}

TEST_F(AKeeper, StartsOneAgainThatDoesNotAnswer) {
  start(50ms);
  EXPECT_TRUE(soon([&] { return starts().size() >= 2; }));
  EXPECT_NE(::kill(starts().front(), 0), 0);
}

TEST_F(AKeeper, WhereAnotherHasThePortNothingIsStartedAndPassesAreVoid) {
  std::optional<Listening> other(std::move(*Listening::at(kHere, port_)));
  start();
  ASSERT_TRUE(soon([&] { return !content("fault").empty(); }));
  EXPECT_EQ(content("fault"),
            fmt::format("port {} is taken by another program of this pod: nobody is let in\n", port_));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "pass.key"));
  EXPECT_TRUE(starts().empty());
  other.reset();
  EXPECT_TRUE(soon([&] { return starts().size() == 1; })) << "once it is free";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "fault"));
}

}  // namespace
}  // namespace berth::gate
