// The simulated cluster without a network: requests are calls, on the test's own thread, and watches hear of
// changes when the test says so. Time moves only when it is told to.
#pragma once

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "kube/kube.hpp"
#include "simcluster/simcluster.hpp"

namespace berth::reconciler {

class TestClock final : public Clock {
 public:
  explicit TestClock(Instant begin) : now_(begin.time_since_epoch().count()) {}
  Instant now() const override { return Instant(Duration(now_.load())); }
  void set(Instant to) { now_.store(to.time_since_epoch().count()); }

 private:
  std::atomic<Duration::rep> now_;  // asked by the threads of watches too
};

inline std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

inline simcluster::ApiRequest to_api_request(const kube::HttpRequest& request) {
  simcluster::ApiRequest out;
  out.method = request.method;
  out.accept = request.accept;
  out.content_type = request.content_type;
  out.body = request.body;
  std::string_view target = request.target;
  const auto mark = target.find('?');
  out.path = percent_decoded(target.substr(0, mark));
  if (mark == std::string_view::npos) return out;
  target.remove_prefix(mark + 1);
  while (!target.empty()) {
    const auto pair = target.substr(0, target.find('&'));
    target.remove_prefix(std::min(target.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    out.query.emplace_back(percent_decoded(pair.substr(0, equals)),
                           equals == std::string_view::npos ? "" : percent_decoded(pair.substr(equals + 1)));
  }
  return out;
}

/// Tells watches when to look, and knows when each of them has.
class WatchGate {
 public:
  /// Every watch that is open looks at what changed; returns when all have. Throws when one does not in ample
  /// time.
  void let_all_look() {
    std::unique_lock lock(mutex_);
    frozen_ = false;
    ++version_;
    changed_.notify_all();
    const auto all_have = [&] {
      for (const auto& [id, seen] : seen_) {
        if (seen != version_) return false;
      }
      return true;
    };
    if (!changed_.wait_for(lock, std::chrono::seconds(30), all_have))
      throw std::runtime_error("a watch hangs");
  }
  /// Lists that come from now on see the present, watches hear nothing until all may look again.
  void freeze() {
    const std::lock_guard lock(mutex_);
    frozen_ = true;
  }

  int enter() {
    const std::lock_guard lock(mutex_);
    seen_[++last_id_] = 0;
    return last_id_;
  }
  void leave(int id) {
    const std::lock_guard lock(mutex_);
    seen_.erase(id);
    changed_.notify_all();
  }
  /// The version to look at, or 0 when a stop came first.
  std::uint64_t wait_for_news(int id, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool news = changed_.wait(lock, stop, [&] { return !frozen_ && seen_.at(id) != version_; });
    return news ? version_ : 0;
  }
  void has_looked(int id, std::uint64_t version) {
    const std::lock_guard lock(mutex_);
    seen_.at(id) = version;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int, std::uint64_t> seen_;  // by watch: the version it has looked at
  std::uint64_t version_ = 1;
  int last_id_ = 0;
  bool frozen_ = false;
};

/// Changes what is sent before the cluster takes it, as a mutating webhook does.
using Webhook = std::function<void(simcluster::ApiRequest&)>;

/// `gate` null: a link that never watches. An answer that a fault delays is one that comes too late.
class TestLink final : public kube::Transport {
 public:
  TestLink(simcluster::SimCluster& cluster, WatchGate* gate, const Webhook* webhook = nullptr)
      : cluster_(cluster), gate_(gate), webhook_(webhook) {
    if (gate_ != nullptr) id_ = gate_->enter();
  }
  ~TestLink() override {
    if (gate_ != nullptr) gate_->leave(id_);
  }
  TestLink(const TestLink&) = delete;
  TestLink& operator=(const TestLink&) = delete;

  kube::Exchange exchange(const kube::HttpRequest& request, const kube::ExchangeLimits&,
                          const std::stop_token& stop) override {
    auto api = to_api_request(request);
    const auto watching = api.value("watch");
    if (watching && gate_ != nullptr) return watch(request, std::move(api), stop);
    if (webhook_ != nullptr && *webhook_) (*webhook_)(api);
    auto answer = cluster_.call(api);
    if (answer.latency.count() > 0) {
      Error late;
      late.code = Code::kTimeout;
      late.message = "no answer came in time";
      return tl::unexpected(kube::TransportError{std::move(late), false, false});
    }
    return to_exchange(std::move(answer));
  }

 private:
  static kube::Exchange to_exchange(simcluster::ApiAnswer answer) {
    if (answer.cut) {
      Error lost;
      lost.code = Code::kUnavailable;
      lost.message = "the connection was lost before an answer came";
      return tl::unexpected(kube::TransportError{std::move(lost), false, true});
    }
    kube::HttpResponse out;
    out.status = answer.status;
    out.content_type = answer.content_type;
    out.body = std::move(answer.body);
    if (answer.retry_after_seconds > 0) out.retry_after_seconds = answer.retry_after_seconds;
    return out;
  }

  kube::Exchange watch(const kube::HttpRequest& request, simcluster::ApiRequest api,
                       const std::stop_token& stop) {
    while (true) {
      const auto version = gate_->wait_for_news(id_, stop);
      if (version == 0) return tl::unexpected(kube::TransportError{kube::stopped_error(), false, false});
      auto answer = cluster_.call(api);
      if (answer.cut || answer.status != 200) return to_exchange(std::move(answer));
      if (!answer.body.empty() && !request.on_bytes(answer.body)) return kube::HttpResponse{.status = 200};
      go_on_after(api, answer.body);
      gate_->has_looked(id_, version);
    }
  }

  /// The next look begins where the last line of this one (a bookmark) ended.
  static void go_on_after(simcluster::ApiRequest& api, std::string_view body) {
    while (body.ends_with('\n')) body.remove_suffix(1);
    const auto line = body.substr(body.rfind('\n') + 1);
    const auto last = parse_json(line);
    const auto version = last ? string_at(*last, {"object", "metadata", "resourceVersion"}) : "";
    if (version.empty()) return;
    for (auto& [name, value] : api.query) {
      if (name == "resourceVersion") value = version;
    }
  }

  simcluster::SimCluster& cluster_;
  WatchGate* gate_;
  const Webhook* webhook_;
  int id_ = 0;
};

}  // namespace berth::reconciler
