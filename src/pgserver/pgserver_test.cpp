#include "pgserver/pgserver.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "pg/pg.hpp"

namespace berth::pgserver {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kLong = 60s;

bool alive(pid_t process) {
  return ::kill(process, 0) == 0;
}

template <typename Condition>
bool becomes_true(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

fs::path make_root() {
  std::string name = "/tmp/pgserver-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error(name);
  fs::permissions(name, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  return name;
}

class PgServerTest : public testing::Test {
 protected:
  PgServerTest() {
    settings_.data_dir = root_ / "data";
    settings_.fsync = false;
  }
  ~PgServerTest() override { fs::remove_all(root_); }

  static pg::Connection connect(const Server& server) {
    pg::Settings settings;
    settings.conninfo = server.conninfo("postgres");
    auto made = pg::Connection::connect(settings);
    if (!made) throw std::runtime_error(made.error().message);
    return std::move(*made);
  }
  static std::string refusal(const Settings& settings) {
    const auto server = Server::start(settings);
    return server ? "accepted" : server.error().message;
  }

  fs::path root_ = make_root();
  Settings settings_;
};

/// On a cluster that these tests share: making one takes longest.
class PgServerAdoptTest : public PgServerTest {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<fs::path>(make_root()); }
  static void TearDownTestSuite() {
    fs::remove_all(*shared_);
    shared_.reset();
  }
  void SetUp() override {
    settings_.data_dir = *shared_ / "data";
    ASSERT_TRUE(Server::start(settings_));
  }
  static inline std::unique_ptr<fs::path> shared_;
};

TEST_F(PgServerTest, KeepsItsDataFromRunToRun) {
  settings_.fsync = true;
  settings_.socket_dir = root_ / "socket";
  {
    auto server = Server::start(settings_);
    ASSERT_TRUE(server) << server.error().message;
    EXPECT_TRUE(server->running());
    ASSERT_TRUE(connect(*server).run("CREATE TABLE kept AS SELECT 7 AS n"));
    ASSERT_TRUE(server->stop());
    EXPECT_FALSE(server->running());
    EXPECT_FALSE(alive(server->pid()));
    EXPECT_TRUE(server->stop()) << "nothing left to do";
  }
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  auto connection = connect(*server);
  const auto rows =
      connection.exec(pg::Query{"kept", "SELECT n, current_setting('fsync') AS fsync FROM kept"});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->front().get<int>("n"), 7);
  EXPECT_EQ(rows->front().get<std::string>("fsync"), "on");
  EXPECT_TRUE(fs::exists(root_ / "socket")) << "the folder was named, so it stays";
}

TEST_F(PgServerAdoptTest, IsClosedToOthersAndNeverRunsAsRoot) {
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  struct stat process{};
  ASSERT_EQ(::stat(("/proc/" + std::to_string(server->pid())).c_str(), &process), 0);
  EXPECT_NE(process.st_uid, 0U);
  for (const auto& folder : {server->data_dir(), server->socket_dir()}) {
    struct stat info{};
    ASSERT_EQ(::stat(folder.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U) << folder;
    EXPECT_EQ(info.st_uid, process.st_uid) << folder;
  }
  auto connection = connect(*server);
  const auto rows =
      connection.exec(pg::Query{"listens", "SELECT current_setting('listen_addresses') AS tcp"});
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().get<std::string>("tcp"), "");
}

TEST_F(PgServerTest, IsStoppedAndRemovedWhenTheProgramIsKilled) {
  settings_.remove_data_at_end = true;
  struct Told {
    pid_t server;
    char socket_dir[64];
  };
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t program = ::fork();
  if (program == 0) {
    auto server = Server::start(settings_);
    Told told{};
    if (server) {
      told.server = server->pid();
      server->socket_dir().string().copy(told.socket_dir, sizeof told.socket_dir - 1);
    }
    static_cast<void>(::write(ends[1], &told, sizeof told) == sizeof told);
    while (true) ::pause();
  }
  Told told{};
  ASSERT_EQ(::read(ends[0], &told, sizeof told), static_cast<ssize_t>(sizeof told));
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_GT(told.server, 0);
  EXPECT_TRUE(alive(told.server));
  ASSERT_EQ(::kill(program, SIGKILL), 0);
  ::waitpid(program, nullptr, 0);
  EXPECT_TRUE(becomes_true([&] { return !alive(told.server); }));
  EXPECT_TRUE(becomes_true([&] { return !fs::exists(settings_.data_dir) && !fs::exists(told.socket_dir); }));
}

TEST_F(PgServerAdoptTest, StartsAgainAtOnceAfterTheProgramWasKilled) {
  const pid_t program = ::fork();
  if (program == 0) {
    auto server = Server::start(settings_);
    if (server) static_cast<void>(connect(*server).run("CREATE TABLE killed AS SELECT 7 AS n"));
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(program, nullptr, 0);
  auto server = Server::start(settings_);  // the other one may be on its way out still
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_TRUE(connect(*server).run("SELECT n FROM killed"));
}

TEST_F(PgServerAdoptTest, EndsWithItsSupervisor) {
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  const pid_t postmaster = server->pid();
  std::ifstream status("/proc/" + std::to_string(postmaster) + "/stat");
  std::string ignored;
  pid_t supervisor = 0;
  status >> ignored >> ignored >> ignored >> supervisor;
  ASSERT_GT(supervisor, 1);
  ASSERT_NE(supervisor, ::getpid());
  ASSERT_EQ(::kill(supervisor, SIGKILL), 0);
  EXPECT_TRUE(becomes_true([&] { return !alive(postmaster); }));
  EXPECT_FALSE(server->running());
}

TEST_F(PgServerAdoptTest, RecoversFromACrash) {
  settings_.fsync = true;
  {
    auto server = Server::start(settings_);
    ASSERT_TRUE(server) << server.error().message;
    ASSERT_TRUE(connect(*server).run("CREATE TABLE crashed AS SELECT 7 AS n"));
    ASSERT_EQ(::kill(server->pid(), SIGKILL), 0);
    EXPECT_TRUE(becomes_true([&] { return !server->running(); }));
  }
  ASSERT_TRUE(fs::exists(settings_.data_dir / "postmaster.pid"));
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_TRUE(connect(*server).run("SELECT n FROM crashed"));
}

TEST_F(PgServerAdoptTest, IsNotKeptOutByAStalePidFile) {
  // A process that is alive, may belong to the server's user, and is no server on this folder: numbers come
  // round again.
  std::ofstream(settings_.data_dir / "postmaster.pid") << ::getpid() << "\n"
                                                       << settings_.data_dir.string() << "\n";
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_TRUE(connect(*server).run("SELECT 1"));
}

TEST_F(PgServerAdoptTest, IsTheOnlyOneOnItsFolder) {
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  auto second = settings_;
  second.stop_timeout = 100ms;
  const auto refused = Server::start(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_TRUE(connect(*server).run("SELECT 1"));
}

TEST_F(PgServerTest, MakesAHalfMadeClusterAnew) {
  // What is left when initdb is killed.
  fs::create_directory(settings_.data_dir);
  std::ofstream(settings_.data_dir / "PG_VERSION") << "15\n";
  std::ofstream(root_ / "data.unfinished") << "";
  auto server = Server::start(settings_);
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_FALSE(fs::exists(root_ / "data.unfinished"));
}

TEST_F(PgServerTest, LeavesAFolderOfSomethingElseUntouched) {
  fs::create_directory(settings_.data_dir);
  std::ofstream(settings_.data_dir / "letter.txt") << "dear";
  struct stat before{};
  ASSERT_EQ(::stat(settings_.data_dir.c_str(), &before), 0);
  settings_.remove_data_at_end = true;
  EXPECT_EQ(refusal(settings_),
            "folder " + settings_.data_dir.string() + ": holds files that are not PostgreSQL's");

  settings_.socket_dir = settings_.data_dir;
  settings_.data_dir = root_ / "other";
  settings_.remove_data_at_end = false;
  EXPECT_EQ(refusal(settings_),
            "folder " + settings_.socket_dir.string() + ": holds files that are not PostgreSQL's");

  struct stat after{};
  ASSERT_EQ(::stat(settings_.socket_dir.c_str(), &after), 0);
  EXPECT_EQ(after.st_uid, before.st_uid);
  EXPECT_EQ(after.st_mode, before.st_mode);
  EXPECT_TRUE(fs::exists(settings_.socket_dir / "letter.txt"));
}

TEST_F(PgServerTest, RefusesASocketFolderThatIsTooLong) {
  settings_.socket_dir = root_ / std::string(kMaxSocketDirLength, 'x');
  const auto length = settings_.socket_dir.string().size();
  EXPECT_EQ(refusal(settings_), "socket folder " + settings_.socket_dir.string() + " has " +
                                    std::to_string(length) + " bytes, must have less than 80");
}

TEST_F(PgServerAdoptTest, RefusesAClusterOfAnotherVersion) {
  const auto rewrite = [&](const char* version) {
    std::ofstream(settings_.data_dir / "PG_VERSION") << version;
  };
  std::string version;
  std::getline(std::ifstream(settings_.data_dir / "PG_VERSION"), version);
  rewrite("9\n");
  const auto refused = Server::start(settings_);
  rewrite((version + "\n").c_str());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_NE(refused.error().message.find("was made by PostgreSQL 9"), std::string::npos)
      << refused.error().message;
}

TEST_F(PgServerAdoptTest, SaysWhatTheServerSaidWhenItDidNotStart) {
  settings_.extra_conf = {{"shared_buffers", "much"}};
  const auto refused = Server::start(settings_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_NE(refused.error().message.find("shared_buffers"), std::string::npos) << refused.error().message;
}

TEST_F(PgServerTest, RefusesWhatIsNotThere) {
  settings_.bin_dir = root_;
  EXPECT_EQ(refusal(settings_), root_.string() + " does not hold initdb and postgres");
  settings_.bin_dir.clear();
  settings_.run_as = "nobody-of-this-name";
  EXPECT_EQ(refusal(settings_), "there is no system user \"nobody-of-this-name\"");
  settings_.run_as = "root";
  EXPECT_NE(refusal(settings_), "accepted");
}

TEST_F(PgServerTest, NamesTheParentFolderThatItsUserCannotEnter) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root's server runs as someone else";
  fs::create_directory(root_ / "closed");
  fs::permissions(root_ / "closed", fs::perms::owner_all);
  settings_.data_dir = root_ / "closed" / "data";
  const auto message = refusal(settings_);
  EXPECT_NE(message.find("may not enter " + (root_ / "closed").string() + ";"), std::string::npos) << message;
}

}  // namespace
}  // namespace berth::pgserver
