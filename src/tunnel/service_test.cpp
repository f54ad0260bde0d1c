// Both servers, asked by Beast's own client over loopback.
#include "tunnel/service.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <thread>

#include "base/temporary_folder_for_test.hpp"
#include "tunnel/line_server.hpp"
#include "tunnel/loop.hpp"
#include "tunnel/shell_messages.hpp"
#include "tunnel/target.hpp"

namespace berth::tunnel {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using Path = asio::local::stream_protocol;

constexpr std::chrono::seconds kPatience{20};
constexpr std::string_view kEnd = R"({"end":true})";

using Headers = std::vector<std::pair<std::string, std::string>>;
const Headers kClient{{"Berth-Client", "test"}};

/// One client, whose every step has the patience for its deadline.
template <class Protocol>
class Client {
 public:
  explicit Client(const typename Protocol::endpoint& at) : socket_(io_) { socket_.next_layer().connect(at); }

  /// 101 or the refusal; its reason is in `reason`.
  int open(const std::string& target, const Headers& headers = kClient) {
    socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
      for (const auto& [name, value] : headers) request.set(name, value);
    }));
    websocket::response_type response;
    beast::error_code error;
    socket_.async_handshake(response, "host", target, [&](const beast::error_code& told) { error = told; });
    run();
    const auto told = response[beast::string_view(kRefusedHeader.data(), kRefusedHeader.size())];
    reason = std::string(told.data(), told.size());
    return error && error != websocket::error::upgrade_declined ? 0 : static_cast<int>(response.result_int());
  }
  void send(const Message& message) {
    socket_.text(message.is_text);
    socket_.async_write(asio::buffer(message.bytes), [](const beast::error_code&, std::size_t) {});
    run();
  }
  void send(const FromClient& message) { send(to_message(message)); }
  /// Nothing where the line has ended.
  std::optional<Message> read() {
    beast::flat_buffer buffer;
    beast::error_code error;
    socket_.async_read(buffer, [&](const beast::error_code& told, std::size_t) { error = told; });
    if (!run() || error) return std::nullopt;
    return Message{beast::buffers_to_string(buffer.data()), socket_.got_text()};
  }
  /// All bytes up to a text, and the text; "cut" where there is none.
  std::string read_to_text(std::string& bytes) {
    while (const auto message = read()) {
      if (message->is_text) return message->bytes;
      bytes += message->bytes;
    }
    return "cut";
  }
  void cut() { socket_.next_layer().close(); }

  std::string reason;

 private:
  bool run() {
    io_.restart();
    io_.run_for(kPatience);
    return io_.stopped();
  }

  asio::io_context io_;
  websocket::stream<typename Protocol::socket> socket_;
};

class Ports : public testing::Test {
 protected:
  Ports() {
    inside_.listen();
    start();
  }
  ~Ports() override { service_.reset(); }
  void start(std::size_t most = 128, std::chrono::milliseconds idle = std::chrono::hours(1)) {
    service_.reset();
    auto started = Service::of_ports(
        {.at = {.path = path(), .most = most}, .own_port = kOwn, .idle_limit = idle}, Log::silent());
    ASSERT_TRUE(started) << started.error().message;
    service_ = std::move(*started);
  }
  std::string path() const { return folder_ / "ports.sock"; }
  std::string target() const { return "/_gate/port/" + std::to_string(inside_.local_endpoint().port()); }
  Client<Path> client() const { return Client<Path>(Path::endpoint(path())); }
  tcp::socket accepted() { return inside_.accept(); }

  static constexpr std::uint16_t kOwn = 9;
  const TemporaryFolder folder_;
  asio::io_context io_;
  tcp::acceptor inside_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::unique_ptr<Service> service_;
};

TEST_F(Ports, BytesGoBothWaysAndEachEndsByItself) {
  auto one = client();
  ASSERT_EQ(one.open(target()), 101);
  auto inside = accepted();
  one.send({"ping", false});
  std::string got(4, ' ');
  asio::read(inside, asio::buffer(got));
  EXPECT_EQ(got, "ping");
  one.send({std::string(kEnd), true});
  beast::error_code error;
  EXPECT_EQ(inside.read_some(asio::buffer(got), error), 0U);
  EXPECT_EQ(error, asio::error::eof) << "the end of one direction";
  asio::write(inside, asio::buffer(std::string_view("pong")));
  inside.shutdown(tcp::socket::shutdown_send);
  std::string bytes;
  EXPECT_EQ(one.read_to_text(bytes), kEnd);
  EXPECT_EQ(bytes, "pong");
  EXPECT_FALSE(one.read()) << "and of both";
}

TEST_F(Ports, AConnectionThatIsResetCutsTheLine) {
  auto one = client();
  ASSERT_EQ(one.open(target()), 101);
  auto inside = accepted();
  inside.set_option(asio::socket_base::linger(true, 0));
  inside.close();
  std::string bytes;
  EXPECT_EQ(one.read_to_text(bytes), "cut") << "not as one that has ended";
}

TEST_F(Ports, ALineThatIsCutResetsTheConnection) {
  auto one = client();
  ASSERT_EQ(one.open(target()), 101);
  auto inside = accepted();
  one.cut();
  char byte = 0;
  beast::error_code error;
  inside.read_some(asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::connection_reset);
}

TEST_F(Ports, WhatIsNoMessageOfATunnelCutsIt) {
  for (const auto& message : {Message{"{}", true}, Message{R"({"end":false})", true},
                              Message{std::string(kMaxMessageBytes + 1, 'x'), false}}) {
    auto one = client();
    ASSERT_EQ(one.open(target()), 101);
    auto inside = accepted();
    one.send(message);
    EXPECT_FALSE(one.read());
  }
  auto one = client();
  ASSERT_EQ(one.open(target()), 101);
  auto inside = accepted();
  one.send({std::string(kEnd), true});
  one.send({"more", false});
  EXPECT_FALSE(one.read()) << "bytes after the last";
}

TEST_F(Ports, WhereNothingListensNoLineIsOpened) {
  const auto free = target();
  inside_.close();
  auto one = client();
  EXPECT_EQ(one.open(free), 502);
  EXPECT_EQ(one.reason, "nothing-listens");
}

TEST_F(Ports, OtherTargetsAreRefused) {
  auto own = client();
  EXPECT_EQ(own.open("/_gate/port/9"), 403);
  EXPECT_EQ(own.reason, "own-port");
  for (const auto* other : {"/_gate/port/0", "/_gate/port/65536", "/_gate/shell", "/"}) {
    auto one = client();
    EXPECT_EQ(one.open(other), 404) << other;
    EXPECT_EQ(one.reason, "unknown");
  }
}

TEST_F(Ports, WhatOnlyTheGateMayLeadToIsRefused) {
  for (const auto* port : {"8080", "8082", "8888"}) {
    auto one = client();
    EXPECT_EQ(one.open(std::string("/_gate/port/") + port), 403);
    EXPECT_EQ(one.reason, "behind-the-gate");
  }
}

TEST_F(Ports, WhoIsPutOutIsCutAndNobodyElse) {
  auto inside_now = std::make_shared<std::atomic<bool>>(true);
  service_.reset();
  service_ =
      std::move(*Service::of_ports({.at = {.path = path(),
                                           .still_in =
                                               [inside_now](std::string_view who) {
                                                 return who == "ana 1" || (who == "ben 1" && *inside_now);
                                               }},
                                    .own_port = kOwn},
                                   Log::silent()));
  auto ana = client();
  auto ben = client();
  auto nobody = client();
  ASSERT_EQ(ana.open(target(), {{"Berth-Client", "test"}, {"Berth-Holder", "ana 1"}}), 101);
  auto anas = accepted();
  ASSERT_EQ(ben.open(target(), {{"Berth-Client", "test"}, {"Berth-Holder", "ben 1"}}), 101);
  auto bens = accepted();
  EXPECT_EQ(nobody.open(target()), 401);
  *inside_now = false;
  service_->look_again();
  EXPECT_FALSE(ben.read());
  ana.send({"ping", false});
  std::string got(4, ' ');
  asio::read(anas, asio::buffer(got));
  EXPECT_EQ(got, "ping");
  auto again = client();
  EXPECT_EQ(again.open(target(), {{"Berth-Client", "test"}, {"Berth-Holder", "ben 1"}}), 401);
}

TEST_F(Ports, APageOfABrowserIsRefused) {
  auto no_header = client();
  EXPECT_EQ(no_header.open(target(), {}), 403);
  auto with_origin = client();
  EXPECT_EQ(with_origin.open(target(), {{"Berth-Client", "x"}, {"Origin", "http://host"}}), 403);
  EXPECT_EQ(with_origin.reason, "not-a-client");
}

TEST_F(Ports, ThereAreOnlySoManyAndOneThatEndsMakesRoom) {
  start(2);
  std::vector<std::unique_ptr<Client<Path>>> held;
  for (int i = 0; i < 2; ++i) {
    held.push_back(std::make_unique<Client<Path>>(Path::endpoint(path())));
    ASSERT_EQ(held.back()->open("/_gate/port/nowhere"), 101);
  }
  auto third = client();
  EXPECT_EQ(third.open("/_gate/port/nowhere"), 503);
  EXPECT_EQ(third.reason, "too-many");
  held.pop_back();
  const auto until = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (status != 101 && std::chrono::steady_clock::now() < until)
    status = client().open("/_gate/port/nowhere");
  EXPECT_EQ(status, 101);
}

TEST_F(Ports, WhatDoesNotMoveEnds) {
  start(128, std::chrono::milliseconds(100));
  auto one = client();
  ASSERT_EQ(one.open(target()), 101);
  auto inside = accepted();
  EXPECT_FALSE(one.read());
}

TEST_F(Ports, TheSocketIsForThisUserAlone) {
  struct stat found{};
  ASSERT_EQ(::stat(path().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

class Shells : public testing::Test {
 protected:
  Shells() : service_(std::move(*Service::of_shells({}, Log::silent()))) {}
  std::unique_ptr<Client<tcp>> started(const ShellStart& start) {
    auto client =
        std::make_unique<Client<tcp>>(tcp::endpoint(asio::ip::address_v4::loopback(), service_->port()));
    EXPECT_EQ(client->open(std::string(kShellPath)), 101);
    client->send(FromClient{start});
    return client;
  }
  /// What a command writes to each of the two, and how it ends.
  struct Said {
    std::string output;
    std::string errors;
    std::optional<Exited> exited;
  };
  /// To its end, or until its output ends with `until`.
  static Said listen(Client<tcp>& client, std::string_view until = {}) {
    Said said;
    while (until.empty() || !said.output.ends_with(until)) {
      const auto message = client.read();
      if (!message) break;
      const auto read = read_from_server(*message);
      if (!read) break;
      if (const auto* exited = std::get_if<Exited>(&*read)) {
        said.exited = *exited;
        break;
      }
      const auto& bytes = std::get<Bytes>(*read);
      (bytes.channel == Channel::kOutput ? said.output : said.errors) += bytes.bytes;
    }
    return said;
  }
  Said run(std::vector<std::string> command) {
    return listen(*started({.command = std::move(command), .terminal = {}, .terminal_name = {}}));
  }

  std::unique_ptr<Service> service_;
};

TEST_F(Shells, ACommandHasItsOutputItsErrorsAndItsExitCode) {
  const auto said = run({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(said.output, "out\n");
  EXPECT_EQ(said.errors, "err\n");
  EXPECT_EQ(said.exited, Exited({3, ""}));
}

TEST_F(Shells, OneThatASignalEndsHas128AndItsNumber) {
  EXPECT_EQ(run({"sh", "-c", "kill -TERM $$"}).exited, Exited({143, ""}));
}

TEST_F(Shells, OneThatIsNotThereIsTold) {
  const auto said = run({"/no/such/program"});
  ASSERT_TRUE(said.exited);
  EXPECT_EQ(said.exited->code, 127);
  EXPECT_EQ(said.exited->why, "/no/such/program: No such file or directory");
}

TEST_F(Shells, InputGoesToItAndEnds) {
  const auto client = started({.command = {"cat"}, .terminal = {}, .terminal_name = {}});
  client->send(FromClient{Bytes{Channel::kInput, "one "}});
  client->send(FromClient{Bytes{Channel::kInput, "two"}});
  client->send(FromClient{InputEnd{}});
  const auto said = listen(*client);
  EXPECT_EQ(said.output, "one two");
  EXPECT_EQ(said.exited, Exited({0, ""}));
}

TEST_F(Shells, NothingOfTheServerIsOpenInIt) {
  const auto said = run({"sh", "-c", "ls /proc/$$/fd; true"});
  EXPECT_EQ(said.output, "0\n1\n2\n");
}

TEST_F(Shells, ItsTerminalHasTheSizeAndTheNameThatWereAsked) {
  const auto client = started({.command = {"sh", "-c", "stty size; echo $TERM; read x; stty size"},
                               .terminal = WindowSize{30, 100},
                               .terminal_name = "vt100"});
  // What is typed is shown by the terminal when it comes, so it comes afterwards.
  EXPECT_EQ(listen(*client, "vt100\r\n").output, "30 100\r\nvt100\r\n");
  client->send(FromClient{WindowSize{31, 101}});
  client->send(FromClient{Bytes{Channel::kInput, "\n"}});
  const auto said = listen(*client);
  EXPECT_TRUE(said.output.ends_with("31 101\r\n")) << said.output;
  EXPECT_EQ(said.exited, Exited({0, ""}));
}

TEST_F(Shells, AllThatATerminalShowedIsThereBeforeTheEnd) {
  for (int i = 0; i < 20; ++i) {
    const auto said = listen(*started(
        {.command = {"sh", "-c", "seq 1 5000"}, .terminal = WindowSize{}, .terminal_name = "xterm"}));
    ASSERT_TRUE(said.output.ends_with("\r\n5000\r\n")) << i;
    ASSERT_EQ(said.exited, Exited({0, ""}));
  }
}

TEST_F(Shells, WhatIsLeftInTheBackgroundHoldsNobody) {
  const auto said = run({"sh", "-c", "sleep 60 & echo $!"});
  EXPECT_EQ(said.exited, Exited({0, ""}));
  ::kill(std::stoi(said.output), SIGKILL);
}

TEST_F(Shells, WhoseLineIsCutIsHungUpOn) {
  for (const bool terminal : {false, true}) {
    const auto client = started({.command = {"sh", "-c", "echo $$; exec sleep 60"},
                                 .terminal = terminal ? std::optional(WindowSize{}) : std::nullopt,
                                 .terminal_name = terminal ? "xterm" : ""});
    const auto first = client->read();
    ASSERT_TRUE(first);
    const auto pid = std::stoi(first->bytes.substr(1));
    client->cut();
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (::kill(pid, 0) == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_NE(::kill(pid, 0), 0) << (terminal ? "with a terminal" : "with pipes");
  }
}

TEST_F(Shells, AServerThatEndsLeavesNothingOfAShellThatItWritesTo) {
  const auto files = [] {
    std::filesystem::directory_iterator at("/proc/self/fd");
    return std::distance(begin(at), end(at));
  };
  service_.reset();
  const auto before = files();
  for (const bool terminal : {false, true}) {
    service_ = std::move(*Service::of_shells({}, Log::silent()));
    auto client = started({.command = {"sh", "-c", "echo $$; exec cat /dev/zero"},
                           .terminal = terminal ? std::optional(WindowSize{}) : std::nullopt,
                           .terminal_name = terminal ? "xterm" : ""});
    const auto first = client->read();
    ASSERT_TRUE(first);
    const auto pid = first->bytes.substr(1, first->bytes.find_first_of("\r\n") - 1);
    // Nobody reads any more: sooner or later all that can wait does, the line's writing too.
    std::string was;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (bool rests = false; !rests && std::chrono::steady_clock::now() < until;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      std::ifstream in("/proc/" + pid + "/io");
      const std::string now((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      rests = !now.empty() && now == was;
      was = now;
    }
    service_.reset();
    client.reset();
    EXPECT_EQ(files(), before) << (terminal ? "with a terminal" : "with pipes");
    const auto ends = std::chrono::steady_clock::now() + kPatience;
    while (::kill(std::stoi(pid), 0) == 0 && std::chrono::steady_clock::now() < ends) {
      ::waitpid(std::stoi(pid), nullptr, WNOHANG);
    }
    EXPECT_NE(::kill(std::stoi(pid), 0), 0) << "and the command has ended";
  }
}

TEST_F(Shells, AFirstMessageThatIsNoStartCutsTheLine) {
  auto client =
      std::make_unique<Client<tcp>>(tcp::endpoint(asio::ip::address_v4::loopback(), service_->port()));
  ASSERT_EQ(client->open(std::string(kShellPath)), 101);
  client->send(FromClient{Bytes{Channel::kInput, "rm -rf /\n"}});
  EXPECT_FALSE(client->read());
}

TEST_F(Shells, APageOfABrowserIsRefused) {
  Client<tcp> client(tcp::endpoint(asio::ip::address_v4::loopback(), service_->port()));
  EXPECT_EQ(client.open(std::string(kShellPath), {{"Berth-Client", "x"}, {"Origin", "http://evil.example"}}),
            403);
}

void echo(const std::shared_ptr<Line>& line) {
  line->read([line](const Result<Message>& message) {
    if (!message) return;
    if (message->bytes == "no memory") throw std::bad_alloc();
    line->write(*message, [](const Status&) {});
    echo(line);
  });
}

TEST(AServerOfLines, AFaultEndsTheConnectionThatItIsOf) {
  asio::io_context io{1};
  auto server = LineServer::start(
      io, {},
      [](const std::shared_ptr<Visitor>& visitor) {
        if (visitor->target() == "/faulty") throw std::runtime_error("a fault");
        visitor->accept(visitor->target() == "/opens-faulty"
                            ? [](const std::shared_ptr<Line>&) { throw std::runtime_error("a fault"); }
                            : std::function<void(std::shared_ptr<Line>)>(echo));
      },
      Log::silent());
  ASSERT_TRUE(server);
  asio::post(io, [] { throw std::runtime_error("nobody's"); });
  std::thread thread([&] { run_through(io, Log::silent()); });
  const tcp::endpoint at(asio::ip::address_v4::loopback(), (*server)->port());
  Client<tcp> good(at);
  EXPECT_EQ(good.open("/"), 101);
  Client<tcp> bad(at);
  EXPECT_EQ(bad.open("/"), 101);
  bad.send({"no memory", false});
  EXPECT_FALSE(bad.read()) << "it is cut";
  EXPECT_EQ(Client<tcp>(at).open("/faulty"), 0);
  Client<tcp> opens(at);
  EXPECT_EQ(opens.open("/opens-faulty"), 101);
  EXPECT_FALSE(opens.read());
  good.send({"still here", false});
  const auto answer = good.read();
  EXPECT_TRUE(answer && answer->bytes == "still here");
  io.stop();
  thread.join();
}

}  // namespace
}  // namespace berth::tunnel
