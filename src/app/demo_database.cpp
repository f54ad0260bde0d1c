#include "app/demo_database.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace berth::app {
namespace {

constexpr std::chrono::milliseconds kLookEvery{500};
constexpr std::chrono::milliseconds kFirstPause{500};

/// Killed from outside it says nothing.
std::string said(const std::string& words) {
  return words.empty() ? std::string(" It said nothing.") : " It said:\n" + words;
}

}  // namespace

std::optional<std::chrono::milliseconds> Restarts::next(Steady::time_point now) {
  if (used_ == 0 || now - first_ > kWithin) {
    used_ = 0;
    first_ = now;
  }
  if (used_ == kMost) return std::nullopt;
  return kFirstPause * (1 << (2 * used_++));
}

DemoDatabase::DemoDatabase(pgserver::Settings settings, std::unique_ptr<pgserver::Server> server)
    : settings_(std::move(settings)), server_(std::move(server)), socket_dir_(server_->socket_dir()) {}

DemoDatabase::~DemoDatabase() {
  server_.reset();
  // A server that was started again was given its folder, and leaves it.
  std::error_code ignored;  // one that stays in /tmp is not worth an error
  if (!socket_dir_.empty()) std::filesystem::remove_all(socket_dir_, ignored);
}

Result<DemoDatabase> DemoDatabase::start(const std::filesystem::path& folder) {
  pgserver::Settings settings;
  settings.data_dir = folder;
  settings.extra_conf = {{"max_connections", "100"}, {"log_min_messages", "warning"}};
  auto server = pgserver::Server::start(settings);
  if (!server) return fail(server.error());
  return DemoDatabase(std::move(settings), std::make_unique<pgserver::Server>(std::move(*server)));
}

std::string DemoDatabase::last_words() const {
  constexpr std::size_t kShown = 1'000;
  std::ifstream file(settings_.data_dir / "postgresql.log");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() > kShown) text.erase(0, text.find('\n', text.size() - kShown) + 1);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

Status DemoDatabase::start_again() {
  server_.reset();  // lets go of its folders
  settings_.socket_dir = socket_dir_;
  auto server = pgserver::Server::start(settings_);
  if (!server) return fail(server.error());
  server_ = std::make_unique<pgserver::Server>(std::move(*server));
  return {};
}

Status DemoDatabase::stop() {
  return server_ ? server_->stop() : Status();
}

Status DemoDatabase::watch(const Signals& signals, const Say& say, const Log& log) {
  Restarts restarts;
  while (!signals.wait(kLookEvery)) {
    if (server_->running()) continue;
    auto why = last_words();
    say("PostgreSQL has ended; until it runs again, requests are answered with 503." + said(why));
    log.error("PostgreSQL has ended", {{"said", why}});
    Status started = fail(Code::kUnavailable, "it was not tried");
    while (!started) {
      const auto pause = restarts.next(Restarts::Steady::now());
      if (!pause) {
        return fail(
            Code::kUnavailable,
            fmt::format("PostgreSQL has ended and does not go on. What was stored is kept in {}; start "
                        "again when the cause is gone.{}",
                        settings_.data_dir.string(), said(why)));
      }
      if (signals.wait(*pause)) return {};
      started = start_again();
      if (started) break;
      why = started.error().message;
      say("PostgreSQL did not start again: " + why);
      log.error("PostgreSQL did not start again", {{"error", why}});
    }
    say("PostgreSQL runs again");
    log.info("PostgreSQL runs again", {{"pid", server_->pid()}});
  }
  return {};
}

}  // namespace berth::app
