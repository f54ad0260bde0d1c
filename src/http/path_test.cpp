// A server at a path instead of an address.
#include <curl/curl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "http/http.hpp"

namespace berth::http {
namespace {

struct AtAPath : testing::Test {
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("berth-path-" + std::to_string(::getpid()));
  std::string path = folder / "check.sock";

  AtAPath() { std::filesystem::create_directory(folder); }
  ~AtAPath() override { std::filesystem::remove_all(folder); }

  static Response tell_peer(const Request& request) { return {.body = request.peer}; }
  static Response plain(int status, std::string_view detail, std::string_view) {
    return {.status = status, .body = std::string(detail)};
  }

  Result<std::unique_ptr<Server>> start(const std::string& where) const {
    ServerSettings settings;
    settings.path = where;
    return Server::start(settings, tell_peer, plain, Log::silent());
  }

  std::string ask() const {
    std::string answer;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    curl_easy_setopt(curl.get(), CURLOPT_URL, "http://gate/check");
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, path.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(
        curl.get(), CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* into) {
          static_cast<std::string*>(into)->append(data, size * count);
          return size * count;
        });
    return curl_easy_perform(curl.get()) == CURLE_OK ? answer : "no answer";
  }
};

TEST_F(AtAPath, AnswersItsOwnUserAlone) {
  const auto server = start(path);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(ask(), "this machine");
  struct stat found{};
  ASSERT_EQ(::stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
  EXPECT_EQ((*server)->port(), 0);
}

TEST_F(AtAPath, TakesThePlaceOfOneThatWasKilled) {
  const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(left);
  ASSERT_TRUE(std::filesystem::exists(path));
  const auto server = start(path);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(ask(), "this machine");
}

TEST_F(AtAPath, LeavesNothingBehind) {
  {
    const auto server = start(path);
    ASSERT_TRUE(server);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(AtAPath, NeverTakesAwayWhatIsNoSocket) {
  std::ofstream(path) << "a file of somebody's";
  const auto server = start(path);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kUnavailable);
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
}

TEST_F(AtAPath, RefusesAPathThatNoSocketCanHave) {
  const auto server = start(folder / std::string(200, 'x'));
  ASSERT_FALSE(server);
  ASSERT_EQ(server.error().fields.size(), 1U);
  EXPECT_EQ(server.error().fields.front().field, "path");
  EXPECT_EQ(server.error().fields.front().limit, "107 bytes");
}

}  // namespace
}  // namespace berth::http
