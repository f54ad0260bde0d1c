#include "tunnel/local_door.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

namespace berth::tunnel {

Result<boost::asio::local::stream_protocol::acceptor> listen_at(boost::asio::io_context& io,
                                                                const std::string& path) {
  using Local = boost::asio::local::stream_protocol;
  constexpr auto kMaxBytes = sizeof(sockaddr_un::sun_path) - 1;
  if (path.size() > kMaxBytes) {
    return fail(invalid_field("path", path, fmt::format("{} bytes", kMaxBytes),
                              "The path to listen at is longer than a socket's may be."));
  }
  struct stat found{};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path.c_str());
  boost::system::error_code error;
  Local::acceptor acceptor(io);
  acceptor.open(Local(), error);
  if (!error) acceptor.bind(Local::endpoint(path), error);
  if (!error && ::chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0)
    error = boost::system::error_code(errno, boost::system::system_category());
  if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) return fail(Code::kUnavailable, fmt::format("cannot listen on {}: {}", path, error.message()));
  return acceptor;
}

}  // namespace berth::tunnel
