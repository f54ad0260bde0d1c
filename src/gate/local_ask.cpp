#include "gate/local_ask.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <string_view>

namespace berth::gate {
namespace {

bool ask(int line, const sockaddr_un& at, const std::string& question, const timeval& limit) {
  // Each of its three waits has the limit.
  if (::setsockopt(line, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
      ::setsockopt(line, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      ::connect(line, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) != 0 ||
      ::send(line, question.data(), question.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(question.size())) {
    return false;
  }
  std::array<char, 64> answer{};
  const auto got = ::recv(line, answer.data(), answer.size(), 0);
  return got > 0 && std::string_view(answer.data(), static_cast<std::size_t>(got)).starts_with("HTTP/1.");
}

}  // namespace

bool answers(const std::filesystem::path& socket, const std::string& path, std::chrono::milliseconds within) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  const auto text = socket.string();
  if (text.size() >= sizeof(at.sun_path)) return false;
  std::memcpy(at.sun_path, text.c_str(), text.size() + 1);
  const int line = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (line < 0) return false;
  const timeval limit{.tv_sec = within.count() / 1000, .tv_usec = (within.count() % 1000) * 1000};
  const bool answered =
      ask(line, at, "GET " + path + " HTTP/1.1\r\nHost: gate\r\nConnection: close\r\n\r\n", limit);
  ::close(line);
  return answered;
}

}  // namespace berth::gate
