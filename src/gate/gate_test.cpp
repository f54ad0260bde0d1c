// The gate beside a simulated API server, with a shell script in nginx's place that notes what it is told.
#include "gate/gate.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/private_file.hpp"
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
  std::string body;
};

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* into) {
  const std::string_view line(data, size * count);
  auto& answer = *static_cast<Answer*>(into);
  const auto value = [&](std::string_view name) {
    return std::string(line.substr(name.size(), line.find_first_of("\r\n") - name.size()));
  };
  if (line.starts_with("Location: ")) answer.location = value("Location: ");
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

class AGate : public testing::Test {
 protected:
  AGate() {
    auto pattern = (std::filesystem::temp_directory_path() / "berth-gate-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
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
    // Stays until SIGTERM; notes each SIGHUP and, at its start, what it is told to do.
    std::ofstream(program()) << fmt::format(
        "#!/bin/sh\ncp \"$4\" {0}/given\necho $$ >>{0}/started\n[ ! -e {0}/deaf ] || sleep 60 &\ntrap 'echo "
        "cut >>{0}/told' HUP\ntrap 'exit 0' TERM\n"
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
    std::filesystem::remove_all(folder_);
  }

  std::string program() const { return folder_ / "proxy"; }

  void start() {
    stop_ = std::stop_source();
    thread_ = std::thread([this] {
      const Settings settings{.ns = "s1",
                              .folder = folder_ / "gate",
                              .proxy_program = program(),
                              .proxy_config = folder_ / "proxy.conf",
                              .secure = true,
                              .portal_url = "https://berth.example/"};
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
                           .keys = {{key_.id, key_.public_half}}};
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

  std::string ticket_of(const std::string& user) {
    return entry::sign({.id = random_uuid(random_),
                        .user = user,
                        .session = "session-1",
                        .host = "x7.apps.example",
                        .expires = clock_.now() + entry::kTicketLifetime},
                       key_);
  }

  Answer ask(const std::string& path, const std::string& cookie = "") const {
    Answer answer;
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    const auto url = "http://gate/_gate/" + path;
    const std::string socket = folder_ / "gate" / "check.sock";
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

  SystemClock clock_;
  SystemRandom random_;
  entry::SigningKey key_ = entry::make_key(random_);
  std::filesystem::path folder_;
  std::unique_ptr<simcluster::SimCluster> cluster_;
  std::unique_ptr<kube::ClientFactory> factory_;
  std::stop_source stop_;
  std::thread thread_;
  Status ended_;
};

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
  EXPECT_NE(refused.body.find("https://berth.example/"), std::string::npos);
}

TEST_F(AGate, IsNotReadyBeforeItKnowsWhoMayEnter) {
  start();
  ASSERT_TRUE(soon([&] { return ask("healthz").status == 503; }));
  EXPECT_EQ(ask("check", "__Host-berth-gate=x").status, 503);
  EXPECT_EQ(ask("open?t=" + ticket_of("ana")).status, 503);
  allow({"ana"});
  EXPECT_TRUE(becomes_ready());
}

TEST_F(AGate, CutsOpenConnectionsWhenSomebodyIsTakenOffTheList) {
  allow({"ana", "ben"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("open?t=" + ticket_of("ana"));
  const auto ben = ask("open?t=" + ticket_of("ben"));
  ASSERT_EQ(ask("check", ben.cookie).status, 204);
  const auto began = std::chrono::steady_clock::now();
  allow({"ana"});
  ASSERT_TRUE(soon([&] { return !content("told").empty(); }));
  std::cout << "from the change of the list to the cut: "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began)
                   .count()
            << " ms\n";
  EXPECT_EQ(content("told"), "cut\n");
  EXPECT_EQ(ask("check", ben.cookie).status, 401);
  EXPECT_EQ(ask("check", ana.cookie).status, 204);
}

TEST_F(AGate, StartsAProxyAnewThatDoesNotCut) {
  std::ofstream(folder_ / "deaf") << "";  // a worker of it stays whatever it is told
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  ASSERT_EQ(ask("open?t=" + ticket_of("ana")).status, 303);
  const auto starts = [&] {
    const auto started = content("started");
    return std::count(started.begin(), started.end(), '\n');
  };
  ASSERT_TRUE(soon([&] { return starts() == 1; }));
  allow({});
  EXPECT_TRUE(soon([&] { return starts() == 2; }));
  EXPECT_TRUE(ended_);
}

TEST_F(AGate, WhoIsNamedAnewHasToOpenAnew) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto before = ask("open?t=" + ticket_of("ana"));
  ASSERT_EQ(ask("check", before.cookie).status, 204);
  allow({"ana"}, clock_.now());
  EXPECT_TRUE(soon([&] { return ask("check", before.cookie).status == 401; }));
  EXPECT_TRUE(soon([&] { return !content("told").empty(); }));
  const auto after = ask("open?t=" + ticket_of("ana"));
  EXPECT_EQ(ask("check", after.cookie).status, 204);
}

TEST_F(AGate, NobodyIsLetInOnceTheListIsGone) {
  allow({"ana"});
  start();
  ASSERT_TRUE(becomes_ready());
  const auto ana = ask("open?t=" + ticket_of("ana"));
  ASSERT_TRUE(factory_->client().remove({kConfigMaps, "s1", std::string(entry::kAccessListName)}));
  EXPECT_TRUE(soon([&] { return ask("check", ana.cookie).status == 401; }));
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
