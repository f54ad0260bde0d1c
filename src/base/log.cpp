#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <chrono>
#include <iostream>
#include <mutex>
#include <optional>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/log_file.hpp"

namespace berth {

struct Log::Sink {
  std::shared_ptr<spdlog::logger> logger;
};

namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

constexpr std::size_t kMaxFileBytes = 16U * 1024 * 1024;
constexpr std::chrono::minutes kTellAgainAfter{1};

/// Says on standard error that lines are lost, and not for each line.
class LossTeller {
 public:
  explicit LossTeller(std::string path) : path_(std::move(path)) {}
  void tell(const std::string& why) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (told_ && now - *told_ < kTellAgainAfter) return;
    told_ = now;
    std::cerr << "berth: lines of the log " << path_ << " are lost: " << why << '\n' << std::flush;
  }

 private:
  const std::string path_;
  std::mutex mutex_;
  std::optional<std::chrono::steady_clock::time_point> told_;
};

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr output, LogLevel level) {
  auto logger = std::make_shared<spdlog::logger>("berth", std::move(output));
  logger->set_pattern("%v");  // the line is whole JSON already: spdlog's own pattern would not escape
  logger->set_level(spdlog_level(level));
  logger->flush_on(spdlog::level::info);
  return logger;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

Log::Log(std::string component, LogLevel level)
    : Log(std::move(component),
          std::make_shared<Sink>(make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), level))) {}

Log Log::to_file(std::string component, LogLevel level, const std::string& path) {
  auto output = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, kMaxFileBytes, 1);
  auto logger = make_logger(std::move(output), level);
  logger->set_error_handler(
      [teller = std::make_shared<LossTeller>(path)](const std::string& why) { teller->tell(why); });
  return {std::move(component), std::make_shared<Sink>(std::move(logger))};
}

Result<Log> open_log(std::string component, LogLevel level, const std::string& path) {
  try {
    return Log::to_file(std::move(component), level, path);
  } catch (const spdlog::spdlog_ex& fault) {
    // "Failed opening file PATH for writing: WHY"
    const std::string_view said = fault.what();
    const auto colon = said.rfind(": ");
    return fail(Code::kUnavailable,
                fmt::format("cannot write the log {}: {}", path,
                            colon == std::string_view::npos ? said : said.substr(colon + 2)));
  }
}

Log::Log(std::string component, std::shared_ptr<Sink> sink)
    : component_(std::move(component)), sink_(std::move(sink)) {}

Log Log::silent() {
  return {"silent", std::make_shared<Sink>()};
}

Log Log::named(std::string component) const {
  return {std::move(component), sink_};
}

void Log::write(LogLevel level, std::string_view message, Fields fields) const {
  if (!sink_->logger || !sink_->logger->should_log(spdlog_level(level))) return;
  boost::json::object line;
  line["time"] = format_rfc3339(SystemClock().now());
  line["level"] = level_name(level);
  line["component"] = component_;
  line["message"] = message;
  for (const auto& field : fields) {
    std::visit([&](const auto& value) { line[field.key] = value; }, field.value);
  }
  sink_->logger->log(spdlog_level(level), "{}", json_text(line));
}

}  // namespace berth
