#include "app/demo_place.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "base/private_file.hpp"

namespace berth::app {
namespace {

namespace fs = std::filesystem;
using boost::asio::ip::tcp;

constexpr std::string_view kProbeFile = ".can-write";
/// Where the simulated workspaces' pages are.
constexpr const char* kPagesAddress = "127.0.0.1";

tl::unexpected<Error> unusable(const fs::path& data, const std::string& why) {
  return fail(
      Code::kUnavailable,
      fmt::format("cannot write in the data folder {}: {}; choose another with --data, under make run "
                  "with DATA=FOLDER",
                  data.string(), why));
}

/// What a demo writes in its folder, and what a start that was broken off leaves of it.
bool of_a_demo(const std::string& name) {
  constexpr std::array kNames{std::string_view("password"),
                              std::string_view("postgresql"),
                              std::string_view("cluster"),
                              std::string_view("simulated.kubeconfig"),
                              kProbeFile,
                              kAddressesFile};
  return name.starts_with("berth.log") || std::ranges::find(kNames, name) != kNames.end();
}

/// A folder of other things is one that was meant for something else: what is in it would be mixed with a
/// database, and nobody could take the demo away again.
Status refuse_others_folder(const fs::path& data) {
  constexpr std::size_t kShown = 3;
  std::error_code error;
  if (fs::exists(data / kAddressesFile, error)) return {};
  std::vector<std::string> others;
  for (auto at = fs::directory_iterator(data, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    auto name = at->path().filename().string();
    if (!of_a_demo(name)) others.push_back(std::move(name));
  }
  if (error) return unusable(data, error.message());
  if (others.empty()) return {};
  std::ranges::sort(others);
  const auto count = others.size();
  others.resize(std::min(count, kShown));
  return fail(invalid_field(
      "--data", data.string(), "a new folder, an empty one or a demo's",
      fmt::format(
          "the data folder {} has other things in it ({}{}): choose a new or an empty one with --data, "
          "under make run with DATA=FOLDER",
          data.string(), fmt::join(others, ", "), count > kShown ? ", ..." : "")));
}

/// Empty when the port can be listened on.
boost::system::error_code try_port(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  const auto at = boost::asio::ip::make_address(address, error);
  if (error) return {};  // the portal says what is wrong with it
  boost::asio::io_context io;
  tcp::acceptor acceptor(io);
  const tcp::endpoint endpoint(at, port);
  if (!error) error = acceptor.open(endpoint.protocol(), error);
  if (!error) error = acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) error = acceptor.bind(endpoint, error);
  if (!error) error = acceptor.listen(1, error);
  return error;
}

}  // namespace

Status prepare_data_folder(const fs::path& data) {
  std::error_code error;
  bool ours = fs::create_directories(data, error);
  if (error) return unusable(data, error.message());
  ours = ours || fs::exists(data / kAddressesFile, error);
  if (error) return unusable(data, error.message());
  // Root's PostgreSQL runs as another user, who has to pass through; what is in it is private in itself.
  if (ours) fs::permissions(data, geteuid() == 0 ? kPassable : fs::perms::owner_all, error);
  if (error) return unusable(data, error.message());
  // Modes do not say it: the disk may be read-only, or full.
  const auto probe = data / kProbeFile;
  if (auto written = write_private_file(probe, "berth\n"); !written)
    return unusable(data, written.error().message);
  fs::remove(probe, error);
  if (error) return unusable(data, error.message());
  return refuse_others_folder(data);
}

Status check_ports(const Listen& listen, bool simulated) {
  constexpr std::uint16_t kLast = 65'535;
  const bool second = simulated && listen.port != 0;
  if (second && listen.port == kLast) {
    return fail(
        invalid_field("listen", std::to_string(listen.port), "a port up to 65534",
                      "The demo takes the port after the one of --listen too: 65534 is the highest."));
  }
  const auto pages = static_cast<std::uint16_t>(listen.port + 1);
  const auto refuse = [&](std::uint16_t taken, const boost::system::error_code& why) {
    const auto both = second ? fmt::format(
                                   "the demo takes {} for the portal and the next one, {}, for the pages "
                                   "of simulated workspaces",
                                   listen.port, pages)
                             : fmt::format("the demo takes {} for the portal", listen.port);
    return fail(Code::kUnavailable,
                fmt::format("cannot listen on port {}: {}; {}; choose another with --listen ADDRESS:PORT, "
                            "under make run with LISTEN=ADDRESS:PORT",
                            taken, why.message(), both));
  };
  if (listen.port == 0) return {};
  if (const auto why = try_port(listen.address, listen.port)) return refuse(listen.port, why);
  if (!second) return {};
  if (const auto why = try_port(kPagesAddress, pages)) return refuse(pages, why);
  return {};
}

}  // namespace berth::app
