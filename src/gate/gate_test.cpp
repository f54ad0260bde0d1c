// The gate beside a simulated API server, with a shell script in nginx's place that notes what it is told.
#include "gate/gate.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <thread>

#include "base/private_file.hpp"
#include "base/temporary_folder_for_test.hpp"
#include "entry/access_list.hpp"
#include "gate/front.hpp"
#include "simcluster/simcluster.hpp"

namespace berth::gate {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{20};
const kube::Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};

struct Answer {
  long status = 0;
  std::string location;
  std::string cookie;  // name=value, as a browser sends it back
  std::string holder;
  std::string body;
};

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
  const std::string_view line(data, size * count);
  auto& answer = *static_cast<Answer*>(into);
  const auto value = [&](std::string_view name) {
    return std::string(line.substr(name.size(), line.find_first_of("\r\n") - name.size()));
  };
  if (line.starts_with("Location: ")) answer.location = value("Location: ");
  if (line.starts_with("Berth-Holder: ")) answer.holder = value("Berth-Holder: ");
  if (line.starts_with("Set-Cookie: ")) {
    answer.cookie = value("Set-Cookie: ");
    answer.cookie.resize(std::min(answer.cookie.find(';'), answer.cookie.size()));
  }
  return size * count;
}
std::size_t take_body(char* data, std::size_t size, std::size_t count, void* into) {
  static_cast<Answer*>(into)->body.append(data, size * count);
  return size * count;
}

constexpr int kSocketSeconds = 20;

/// A connection that gives up after kSocketSeconds.
class Socket {
 public:
  explicit Socket(int number) : number_(number) {
    const timeval limit{.tv_sec = kSocketSeconds, .tv_usec = 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { ::close(number_); }
  static std::unique_ptr<Socket> to(const std::filesystem::path& path) {
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    path.string().copy(at.sun_path, sizeof(at.sun_path) - 1);
    auto socket = std::make_unique<Socket>(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int done = ::connect(socket->number_, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
    return done == 0 ? std::move(socket) : nullptr;
  }
  void say(std::string_view text) const { ::send(number_, text.data(), text.size(), MSG_NOSIGNAL); }
  /// What comes next; "end" where the other end is gone, "silence" where nothing comes.
  std::string hear() const {
    std::array<char, 4096> bytes{};
    const auto got = ::recv(number_, bytes.data(), bytes.size(), 0);
    if (got > 0) return {bytes.data(), static_cast<std::size_t>(got)};
    return got == 0 || errno == ECONNRESET ? "end" : "silence";
  }

 private:
  int number_;
};

/// The editor's stand-in: a port of loopback, whose connections are taken by hand.
class Inside {
 public:
  Inside() : number_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(number_, reinterpret_cast<const sockaddr*>(&at), sizeof(at));
    ::listen(number_, 16);
    const timeval limit{.tv_sec = kSocketSeconds, .tv_usec = 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { ::close(number_); }
  std::uint16_t port() const {
    sockaddr_in at{};
    socklen_t size = sizeof(at);
    ::getsockname(number_, reinterpret_cast<sockaddr*>(&at), &size);
    return ntohs(at.sin_port);
  }
  std::unique_ptr<Socket> taken() const {
    return std::make_unique<Socket>(::accept4(number_, nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  int number_;
};

class AGate : public testing::Test {
 protected:
  AGate() {
    simcluster::Settings settings;
    settings.flavour = simcluster::Flavour::kPlain;
    settings.delays = simcluster::Delays::none();
    settings.tick = 2ms;
    auto started = simcluster::SimCluster::start(settings, clock_, Log::silent());
    if (!started) throw std::runtime_error(started.error().message);
    cluster_ = std::move(*started);
    std::ofstream(folder_ / "kubeconfig") << cluster_->kubeconfig();
    factory_ = std::make_unique<kube::ClientFactory>(
        kube::load_kubeconfig((folder_ / "kubeconfig").string()).value(), kube::ClientSettings{});
    std::ofstream(folder_ / "proxy.conf") << "a configuration\n";
    // Stays until SIGTERM, or whatever is told where it is deaf; notes at its start what it is told to do.
    std::ofstream(program()) << fmt::format(
        "#!/bin/sh\ncp \"$4\" {0}/given\ntrap 'exit 0' TERM\n[ ! -e {0}/deaf ] || trap '' TERM\necho $$ "
        ">>{0}/started\n"
        "while [ ! -e {0}/break ]; do sleep 0.05; done\nexit 3\n",
        folder_.string());
    ::chmod(program().c_str(), 0700);
    std::filesystem::create_directory(folder_ / "gate");
    factory_->client().create(
        {"", "v1", "namespaces", "Namespace", false}, "",
        json::object{
            {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::object{{"name", "s1"}}}});
  }
  ~AGate() override {
    stop();
    cluster_.reset();
  }

  std::string program() const { return folder_ / "proxy"; }

  void start() {
    stop_ = std::stop_source();
    thread_ = std::thread([this] {
      const Settings settings{.ns = "s1",
                              .folder = folder_ / "gate",
                              .proxy_program = program(),
                              .proxy_config = folder_ / "proxy.conf",
                              .ports = {.editor = inside_.port()},
                              .secure = true,
                              .list_back_within = list_back_within_};
      ended_ = run(settings, *factory_, clock_, random_, Log::silent(), stop_.get_token());
    });
  }
  void stop() {
    stop_.request_stop();
    if (thread_.joinable()) thread_.join();
  }

  /// As the reconciler tells it.
  void allow(const std::vector<std::string>& users, std::optional<Instant> since = {}) {
    entry::AccessList list{.session = "session-1",
                           .host = "x7.apps.example",
                           .people = {},
                           .keys = {{key_.id, key_.public_half}},
                           .portal = "https://berth.example/reservations/r1"};
    for (const auto& user : users) list.people.push_back({user, user, since});
    const json::object object{
        {"apiVersion", "v1"},
        {"kind", "ConfigMap"},
        {"metadata", json::object{{"name", entry::kAccessListName}, {"namespace", "s1"}}},
        {"data", json::object{{entry::kAccessListKey, entry::to_text(list)}}}};
    auto applied = factory_->client().apply({kConfigMaps, "s1", std::string(entry::kAccessListName)}, object,
                                            {.field_manager = "test"});
    ASSERT_TRUE(applied) << applied.error().message;
  }

  /// As somebody does by hand.
  void forget_list() {
    ASSERT_TRUE(factory_->client().remove({kConfigMaps, "s1", std::string(entry::kAccessListName)}));
  }

  std::string ticket_of(const std::string& user) {
    return entry::sign({.id = random_uuid(random_),
                        .user = user,
                        .session = "session-1",
                        .host = "x7.apps.example",
                        .expires = clock_.now() + entry::kTicketLifetime},
                       key_);
  }

  Answer ask(const std::string& path, const std::string& cookie = "", const char* at = "check.sock") const {
    Answer answer;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    const auto url = "http://gate/_gate/" + path;
    const std::string socket = folder_ / "gate" / at;
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
    if (!cookie.empty()) curl_easy_setopt(curl.get(), CURLOPT_COOKIE, cookie.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take_body);
    if (curl_easy_perform(curl.get()) == CURLE_OK)
      curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
  }

  static bool soon(const std::function<bool()>& holds) {
    for (const auto until = std::chrono::steady_clock::now() + kPatience;
         std::chrono::steady_clock::now() < until;) {
      if (holds()) return true;
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  bool becomes_ready() const {
    return soon([&] { return ask("healthz").status == 200; });
  }
  std::string content(const std::string& name) const {
    std::ifstream in(folder_ / name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  /// As nginx leads on what somebody with this pass asks; both ends of it.
  struct Passage {
    std::unique_ptr<Socket> outer;
    std::unique_ptr<Socket> inner;
  };
  Passage passage(const std::string& cookie) {
    const auto holder = ask("check", cookie).holder;
    auto outer = Socket::to(folder_ / "gate" / "editor.sock");
    outer->say(fmt::format("GET /x HTTP/1.1\r\nHost: h\r\nBerth-Holder: {}\r\nA: b\r\n\r\n", holder));
    auto inner = inside_.taken();
    EXPECT_EQ(inner->hear(), "GET /x HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n") << "all but whose it is";
    return {std::move(outer), std::move(inner)};
  }

  SystemClock clock_;
  SystemRandom random_;
  std::chrono::milliseconds list_back_within_{300};
  Inside inside_;
  entry::SigningKey key_ = entry::make_key(random_);
  const TemporaryFolder folder_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  std::unique_ptr<kube::ClientFactory> factory_;
  std::stop_source stop_;
  std::thread thread_;
  Status ended_;
};

TEST_F(AGate, TellsWhoComesLateWhatTimeItIs) {
  start();
  allow({"ana"});
  ASSERT_TRUE(becomes_ready());
  const auto late = entry::sign({.id = random_uuid(random_),
                                 .user = "ana",
                                 .session = "session-1",
                                 .host = "x7.apps.example",
                                 .expires = parse_rfc3339("2026-11-24T14:00:00Z").value()},
                                key_);
  const auto answer = ask("open?t=" + late);
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.body.find("This way in was good until 2026-11-24T14:00:00Z, and it is "),
            std::string::npos)
      << answer.body;
  EXPECT_NE(answer.body.find("clocks of Berth and of the workspace's node are apart"), std::string::npos);
  auto strange = late;
  strange.back() = strange.back() == 'A' ? 'B' : 'A';
  EXPECT_EQ(ask("open?t=" + strange).body.find("good until"), std::string::npos)
      << "a stranger is told nothing";
}

TEST_F(AGate, LetsInByATicketAndThenByItsPass) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(ask("check").status, 401);
  const auto entered = ask("open?t=" + ticket_of("ana") + "&to=/lab/lab");
  EXPECT_EQ(entered.status, 303);
  EXPECT_EQ(entered.location, "/lab/lab");
  EXPECT_TRUE(entered.cookie.starts_with("__Host-berth-gate=")) << entered.cookie;
  EXPECT_EQ(ask("check", entered.cookie).status, 204);
  EXPECT_EQ(ask("check", "a=b; " + entered.cookie + "; c=d").status, 204);
}

TEST_F(AGate, APlantedSecondPassLetsNobodyIn) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto entered = ask("open?t=" + ticket_of("ana"));
  EXPECT_EQ(ask("check", entered.cookie + "; __Host-berth-gate=other").status, 401);
}

TEST_F(AGate, TellsWhoIsNotLetInWhereToGo) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto refused = ask("open?t=" + ticket_of("eve"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.cookie, "");
  EXPECT_NE(refused.body.find("not open to you"), std::string::npos);
  constexpr auto kLink =
      "<a href=\"https://berth.example/reservations/r1\">Open the workspace from Berth again</a>";
  EXPECT_NE(refused.body.find(kLink), std::string::npos) << refused.body;
  const auto closed = ask("closed");
  EXPECT_EQ(closed.status, 401);
  EXPECT_NE(closed.body.find("not signed in to this workspace"), std::string::npos) << closed.body;
  EXPECT_NE(closed.body.find(kLink), std::string::npos) << closed.body;
}

TEST_F(AGate, IsNotReadyBeforeItKnowsWhoMayEnter) {
  start();
  ASSERT_TRUE(soon([&] { return ask("healthz").status == 503; }));
  EXPECT_EQ(ask("check", "__Host-berth-gate=x").status, 503);
  EXPECT_EQ(ask("open?t=" + ticket_of("ana")).status, 503);
  allow({"ana"});
  EXPECT_TRUE(becomes_ready());
}

TEST_F(AGate, CutsWhatIsOpenForWhomIsTakenOffTheListAndNothingElse) {
  allow({"ana", "ben"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("open?t=" + ticket_of("ana"));
  const auto ben = ask("open?t=" + ticket_of("ben"));
  const auto anas = passage(ana.cookie);
  const auto bens = passage(ben.cookie);
  const auto began = std::chrono::steady_clock::now();
  allow({"ana"});
  EXPECT_EQ(bens.outer->hear(), "end");
  EXPECT_EQ(bens.inner->hear(), "end");
  std::cout << "from the change of the list to the cut: "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
                   .count()
            << " ms\n";
  anas.outer->say("ping");
  EXPECT_EQ(anas.inner->hear(), "ping");
  anas.inner->say("pong");
  EXPECT_EQ(anas.outer->hear(), "pong");
  EXPECT_EQ(ask("check", ben.cookie).status, 401);
  EXPECT_EQ(ask("check", ana.cookie).status, 204);
}

TEST_F(AGate, LeadsNobodyOnWhomItDoesNotKnow) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("check", ask("open?t=" + ticket_of("ana")).cookie).holder;
  for (const auto& line : {std::string(), std::string("Berth-Holder: ben 2026-11-30T10:00:00Z\r\n"),
                           std::string("Berth-Holder: ana\r\n"), std::string("Berth-Holder: ana never\r\n"),
                           fmt::format("Berth-Holder: {0}\r\nBerth-Holder: {0}\r\n", ana)}) {
    const auto outer = Socket::to(folder_ / "gate" / "editor.sock");
    outer->say("GET / HTTP/1.1\r\n" + line + "\r\n");
    EXPECT_EQ(outer->hear(), "end") << line;
  }
}

TEST_F(AGate, SaysThatItIsOpenAtASocketOfItsOwn) {
  start();
  ASSERT_TRUE(soon([&] { return ask("healthz", "", "health.sock").status == 503; }));
  allow({"ana"});
  EXPECT_TRUE(soon([&] { return ask("healthz", "", "health.sock").status == 200; }));
}

TEST_F(AGate, EndsAProxyThatDoesNotEndByItself) {
  std::ofstream(folder_ / "deaf") << "";
  start();
  ASSERT_TRUE(soon([&] { return !content("started").empty(); }));
  const auto began = std::chrono::steady_clock::now();
  stop();
  EXPECT_LT(std::chrono::steady_clock::now() - began, kPatience);
  EXPECT_NE(::kill(std::stoi(content("started")), 0), 0);
}

TEST_F(AGate, WhoIsNamedAnewHasToOpenAnew) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto before = ask("open?t=" + ticket_of("ana"));
  ASSERT_EQ(ask("check", before.cookie).status, 204);
  const auto open = passage(before.cookie);
  allow({"ana"}, clock_.now());
  EXPECT_TRUE(soon([&] { return ask("check", before.cookie).status == 401; }));
  EXPECT_EQ(open.outer->hear(), "end");
  const auto after = ask("open?t=" + ticket_of("ana"));
  EXPECT_EQ(ask("check", after.cookie).status, 204);
}

TEST_F(AGate, NobodyIsLetInOnceTheListIsGoneAndDoesNotComeBack) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("open?t=" + ticket_of("ana"));
  const auto open = passage(ana.cookie);
  forget_list();
  EXPECT_EQ(open.outer->hear(), "end");
  EXPECT_EQ(ask("check", ana.cookie).status, 401);
  EXPECT_NE(ask("closed").body.find("is not known just now"), std::string::npos);
  EXPECT_NE(ask("open?t=" + ticket_of("ana")).body.find("is not known just now"), std::string::npos);
  EXPECT_NE(ask("closed").body.find("https://berth.example/reservations/r1"), std::string::npos);
  allow({"ana"});
  EXPECT_TRUE(soon([&] { return ask("check", ana.cookie).status == 204; })) << "with the pass of before";
  EXPECT_EQ(ask("closed").body.find("is not known just now"), std::string::npos);
}

TEST_F(AGate, AListThatIsBackAtOnceCutsNobody) {
  list_back_within_ = kPatience;
  allow({"ana", "ben"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("open?t=" + ticket_of("ana"));
  const auto ben = ask("open?t=" + ticket_of("ben"));
  const auto anas = passage(ana.cookie);
  const auto bens = passage(ben.cookie);
  forget_list();
  allow({"ana"});
  EXPECT_EQ(bens.outer->hear(), "end") << "who is not on it when it is back";
  anas.outer->say("ping");
  EXPECT_EQ(anas.inner->hear(), "ping");
  EXPECT_EQ(ask("check", ana.cookie).status, 204);
}

TEST_F(AGate, PassesAndUsedTicketsOutliveARestart) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ticket = ticket_of("ana");
  const auto entered = ask("open?t=" + ticket);
  ASSERT_EQ(entered.status, 303);
  stop();
  EXPECT_TRUE(ended_);
  start();
  ASSERT_TRUE(becomes_ready());
  EXPECT_EQ(ask("check", entered.cookie).status, 204);
  EXPECT_EQ(ask("open?t=" + ticket).status, 403);
}

TEST_F(AGate, GoesOnWhileTheApiServerIsAway) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto entered = ask("open?t=" + ticket_of("ana"));
  ASSERT_TRUE(cluster_->stop());
  EXPECT_EQ(ask("check", entered.cookie).status, 204);
}

TEST_F(AGate, StartsItsProxyWithTheConfiguration) {
  start();
  ASSERT_TRUE(soon([&] { return !content("given").empty(); }));
  EXPECT_EQ(content("given"), "a configuration\n");
}

TEST_F(AGate, EndsWithItsProxy) {
  std::ofstream(folder_ / "break") << "";
  start();
  thread_.join();
  ASSERT_FALSE(ended_);
  EXPECT_NE(ended_.error().message.find("proxy"), std::string::npos);
}

}  // namespace
}  // namespace berth::gate
