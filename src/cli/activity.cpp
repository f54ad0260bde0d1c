#include "cli/activity.hpp"

#include <iostream>
#include <utility>

#include "base/clock.hpp"
#include "kube/curl_transport.hpp"

namespace berth::cli {
namespace {

constexpr std::chrono::milliseconds kAnswersWithin{3'000};
constexpr std::size_t kMaxAnswerBytes = 256U * 1024;

kube::Config config_of(std::string server) {
  kube::Config config;
  config.server = std::move(server);
  return config;
}

}  // namespace

class ActivityWatch::Asked {
 public:
  explicit Asked(std::string server)
      : config_(config_of(std::move(server))),
        transport_(kube::make_curl_transport(
            config_, std::make_shared<kube::Credentials>(config_, std::chrono::minutes(1)),
            {.user_agent = "berth-workspace", .connect_timeout = kAnswersWithin})) {}

  /// The body of a whole answer; "" where there is none.
  std::string get(const std::string& target) {
    const auto answer = transport_->exchange(
        {.target = target},
        {.deadline = std::chrono::steady_clock::now() + kAnswersWithin, .max_body_bytes = kMaxAnswerBytes},
        {});
    return answer && answer->status == 200 ? answer->body : std::string();
  }

 private:
  const kube::Config config_;
  std::unique_ptr<kube::Transport> transport_;
};

ActivityWatch::ActivityWatch(const Workspace& workspace, ActivityPlaces places)
    : workspace_(workspace),
      editor_(std::make_unique<Asked>(std::move(places.editor))),
      lab_(std::make_unique<Asked>(std::move(places.lab))) {}

ActivityWatch::~ActivityWatch() = default;

said::Activity ActivityWatch::look(Instant now) {
  said::Activity seen{.looked_at = std::chrono::floor<seconds>(now)};
  seen.editor = said::editor_use(editor_->get("/healthz"));
  // Without that word whoever asks is what it was last used by, and it never rests.
  const auto kernels = lab_->get("/lab/api/kernels?no_track_activity=1");
  seen.lab = said::lab_use(lab_->get("/lab/api/status"), kernels);
  return seen;
}

void ActivityWatch::look_and_tell() {
  auto seen = look(SystemClock().now());
  if (!said::to_be_told(seen, told_)) return;
  const auto told = workspace_.tell(seen);
  if (told) told_ = std::move(seen);
  const auto trouble = told ? std::string() : told.error().message;
  if (!trouble.empty() && trouble != trouble_) std::cerr << "berth: " << trouble << '\n';
  trouble_ = trouble;
}

}  // namespace berth::cli
