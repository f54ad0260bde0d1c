#include "portal/test_client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/embedded.hpp"
#include "base/instant.hpp"

namespace berth::embedded {
std::span<const base::EmbeddedFile> api_documents();
}

namespace berth::portal {
namespace {

constexpr long kRequestSeconds = 60;
constexpr std::string_view kRoot = "/api/v1";

struct Headers {
  ~Headers() { curl_slist_free_all(list); }
  void add(const std::string& line) { list = curl_slist_append(list, line.c_str()); }
  void add_all(const http::Headers& headers) {
    for (const auto& [name, value] : headers) add(fmt::format("{}: {}", name, value));
  }
  curl_slist* list = nullptr;
};

std::size_t append(char* bytes, std::size_t, std::size_t count, void* into) {
  static_cast<std::string*>(into)->append(bytes, count);
  return count;
}

std::size_t append_header(char* bytes, std::size_t, std::size_t count, void* into) {
  const std::string_view line(bytes, count);
  auto& headers = *static_cast<http::Headers*>(into);
  if (line.starts_with("HTTP/")) headers.clear();  // "100 Continue" came first
  const auto colon = line.find(": ");
  if (colon != std::string_view::npos) {
    headers.emplace_back(line.substr(0, colon),
                         line.substr(colon + 2, line.find_last_not_of("\r\n") - colon - 1));
  }
  return count;
}

void check(const std::string& method, const std::string& target, const Answer& answer) {
  const auto what =
      fmt::format("{} {} -> {} {}", method, target.substr(0, 200), answer.status, answer.body.substr(0, 500));
  const auto time = parse_rfc3339(answer.header("Berth-Server-Time"));
  EXPECT_TRUE(time.has_value()) << what;
  EXPECT_FALSE(answer.header("X-Request-Id").empty()) << what;
  if (answer.status >= 400 && method != "HEAD") {
    EXPECT_EQ(answer.header("Content-Type"), "application/problem+json") << what;
    EXPECT_EQ(find_int(answer.json, {"status"}), answer.status) << what;
    EXPECT_EQ(string_at(answer.json, {"request_id"}), answer.header("X-Request-Id")) << what;
  }
  const auto* operation = operation_of(method, target);
  if (operation == nullptr || method == "HEAD") return;
  const auto type = answer.header("Content-Type");
  const auto body = type.starts_with("text/") ? json::value(answer.body) : answer.json;
  EXPECT_EQ(api_document().check_answer(*operation, answer.status, type, body), "") << what;
}

}  // namespace

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

const ApiDocument& api_document() {
  static const auto document = [] {
    auto loaded = ApiDocument::load(embedded::api_documents().front().bytes);
    if (!loaded) throw std::runtime_error(loaded.error().message);
    return std::move(*loaded);
  }();
  return *document;
}

const Operation* operation_of(std::string_view method, std::string_view target) {
  static const auto router = [] {
    http::Router all;
    for (const auto& operation : api_document().operations()) {
      all.add(operation.key.method, operation.key.path,
              [](const http::Request&) { return http::Response{}; });
    }
    return all;
  }();
  const auto path = target.substr(0, target.find('?'));
  if (!path.starts_with(kRoot)) return nullptr;
  const auto match = router.match(method, path.substr(kRoot.size()));
  for (const auto& operation : api_document().operations()) {
    if (match.handler != nullptr &&
        operation.key == OperationKey{std::string(method == "HEAD" ? "GET" : method), match.pattern}) {
      return &operation;
    }
  }
  return nullptr;
}

json::value Answer::fault(std::string_view field) const {
  const auto* errors = find(json, {"errors"});
  if (errors == nullptr) return nullptr;
  for (const auto& error : errors->as_array()) {
    if (string_at(error, {"field"}) == field) return error;
  }
  return nullptr;
}

struct Client::Curl {
  CURL* handle = curl_easy_init();
  ~Curl() { curl_easy_cleanup(handle); }
};

Client::Client(std::uint16_t port, http::Headers always)
    : curl_(std::make_unique<Curl>()),
      base_(fmt::format("http://127.0.0.1:{}", port)),
      always_(std::move(always)) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Answer Client::send(const std::string& method, const std::string& target,
                    const std::optional<std::string>& body, const http::Headers& headers) {
  auto* curl = curl_->handle;
  curl_easy_reset(curl);
  const auto url = base_ + target;
  Answer answer;
  Headers lines;
  lines.add_all(always_);
  if (body && !http::find_header(headers, "Content-Type")) lines.add("Content-Type: application/json");
  lines.add_all(headers);
  lines.add("Expect:");  // curl's own "100-continue" for large bodies is not what is tested
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kRequestSeconds);
  if (method == "HEAD") curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  if (const auto coding = http::find_header(headers, "Accept-Encoding"))  // what comes so is read so
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, std::string(*coding).c_str());
  if (body) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->data());
  }
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.list);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, append_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &answer.headers);
  const auto done = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  // An answer that came before the whole request was sent (413) is an answer all the same.
  if (done != CURLE_OK && !(done == CURLE_SEND_ERROR && status != 0)) {
    throw std::runtime_error(
        fmt::format("{} {}: {}", method, target.substr(0, 200), curl_easy_strerror(done)));
  }
  answer.status = static_cast<int>(status);
  if (auto read = parse_json(answer.body)) answer.json = std::move(*read);
  check(method, target, answer);
  return answer;
}

// --- Events ---

struct EventReader::Running {
  mutable std::mutex mutex;
  std::vector<Seen> seen;
  std::string rest;
  bool opened = false;
  bool ended = false;
  int status = 0;

  Headers headers;
  std::string url;
  CURL* curl = curl_easy_init();
  CURLM* multi = curl_multi_init();
  std::atomic<bool> stopping = false;
  std::thread thread;

  ~Running() {
    stopping = true;
    curl_multi_wakeup(multi);
    if (thread.joinable()) thread.join();
    curl_easy_cleanup(curl);
    curl_multi_cleanup(multi);
  }

  static std::size_t take(char* bytes, std::size_t, std::size_t count, void* self) {
    static_cast<Running*>(self)->add({bytes, count});
    return count;
  }

  void add(std::string_view bytes) {
    const std::lock_guard lock(mutex);
    opened = true;
    rest.append(bytes);
    for (auto end = rest.find("\n\n"); end != std::string::npos; end = rest.find("\n\n")) {
      add_event(std::string_view(rest).substr(0, end));
      rest.erase(0, end + 2);
    }
  }

  void add_event(std::string_view block) {
    Seen event;
    event.at = std::chrono::steady_clock::now();
    while (!block.empty()) {
      const auto line = block.substr(0, block.find('\n'));
      block.remove_prefix(std::min(block.size(), line.size() + 1));
      const auto value = line.substr(std::min(line.size(), line.find(": ") + 2));
      if (line.starts_with("id: ")) event.id = std::stoll(std::string(value));
      if (line.starts_with("event: ")) event.name = value;
      if (line.starts_with("data: ")) {
        auto data = parse_json(value);
        if (data) event.data = std::move(*data);
      }
    }
    if (!event.name.empty()) seen.push_back(std::move(event));
  }

  void run() {
    curl_multi_add_handle(multi, curl);
    int running = 1;
    while (!stopping && running > 0) {
      curl_multi_perform(multi, &running);
      if (running > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    long code = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &code);
    curl_multi_remove_handle(multi, curl);
    const std::lock_guard lock(mutex);
    status = static_cast<int>(code);
    ended = true;
  }
};

EventReader::EventReader(std::uint16_t port, const std::string& token, std::optional<std::int64_t> last_id)
    : running_(std::make_unique<Running>()) {
  auto& it = *running_;
  it.url = fmt::format("http://127.0.0.1:{}/api/v1/events", port);
  it.headers.add("Authorization: Bearer " + token);
  if (last_id) it.headers.add(fmt::format("Last-Event-ID: {}", *last_id));
  curl_easy_setopt(it.curl, CURLOPT_URL, it.url.c_str());
  curl_easy_setopt(it.curl, CURLOPT_HTTPHEADER, it.headers.list);
  curl_easy_setopt(it.curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(it.curl, CURLOPT_WRITEFUNCTION, &Running::take);
  curl_easy_setopt(it.curl, CURLOPT_WRITEDATA, running_.get());
  it.thread = std::thread([&it] { it.run(); });
}

EventReader::~EventReader() = default;

bool EventReader::opened() const {
  const std::lock_guard lock(running_->mutex);
  return running_->opened;
}

bool EventReader::ended() const {
  const std::lock_guard lock(running_->mutex);
  return running_->ended;
}

int EventReader::status() const {
  const std::lock_guard lock(running_->mutex);
  return running_->status;
}

std::vector<EventReader::Seen> EventReader::seen() const {
  const std::lock_guard lock(running_->mutex);
  return running_->seen;
}

std::vector<EventReader::Seen> EventReader::changes() const {
  auto all = seen();
  std::erase_if(all, [](const Seen& event) { return event.name != "change"; });
  return all;
}

}  // namespace berth::portal
