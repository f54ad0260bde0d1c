// Structured log lines: one JSON object a line, on standard error. A Log is handed in; there is no global
// one.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace berth {

/// One key and its value. Secrets never become fields.
struct LogField {
  std::string_view key;
  std::variant<std::string, std::int64_t, double, bool> value;

  LogField(std::string_view k, std::string_view v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(std::string(v)) {}
  LogField(std::string_view k, std::int64_t v) : key(k), value(v) {}
  LogField(std::string_view k, int v) : key(k), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view k, std::size_t v) : key(k), value(static_cast<std::int64_t>(v)) {}
  LogField(std::string_view k, double v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v) {}
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Copies share one sink and are safe to use from several threads.
class Log {
 public:
  using Fields = std::initializer_list<LogField>;

  /// Lines at `level` and above, named after the part of Berth that speaks ("portal").
  Log(std::string component, LogLevel level);
  /// The same into a file, which is begun anew at 16 MiB; one older one is kept. Throws where it cannot be
  /// opened.
  static Log to_file(std::string component, LogLevel level, const std::string& path);
  /// Says nothing; for tests.
  static Log silent();
  /// The same sink under another name.
  Log named(std::string component) const;

  void debug(std::string_view message, Fields fields = {}) const { write(LogLevel::kDebug, message, fields); }
  void info(std::string_view message, Fields fields = {}) const { write(LogLevel::kInfo, message, fields); }
  void warning(std::string_view message, Fields fields = {}) const {
    write(LogLevel::kWarning, message, fields);
  }
  void error(std::string_view message, Fields fields = {}) const { write(LogLevel::kError, message, fields); }

 private:
  struct Sink;
  Log(std::string component, std::shared_ptr<Sink> sink);
  void write(LogLevel level, std::string_view message, Fields fields) const;

  std::string component_;
  std::shared_ptr<Sink> sink_;
};

}  // namespace berth
