#include "said/dcgm.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace berth::said {
namespace {

constexpr std::string_view kEngine = "DCGM_FI_PROF_GR_ENGINE_ACTIVE";  // 0 to 1
constexpr std::string_view kUtilisation = "DCGM_FI_DEV_GPU_UTIL";      // 0 to 100
constexpr std::size_t kMaxLine = std::size_t{16} * 1024;

struct Sample {
  std::string device;  // its UUID and instance
  std::string namespace_name;
  double value = 0;
};

/// What is read of a line, from its front.
class Line {
 public:
  explicit Line(std::string_view text) : rest_(text) {}

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void skip_blanks() {
    while (take(' ') || take('\t')) {
    }
  }
  std::string_view word() {
    const auto end = std::ranges::find_if_not(rest_, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
             c == ':';
    });
    const auto found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  /// Between quotation marks; nothing where it does not end.
  std::optional<std::string> quoted() {
    if (!take('"')) return std::nullopt;
    std::string text;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return text;
      if (c != '\\') {
        text += c;
        continue;
      }
      if (rest_.empty()) return std::nullopt;
      text += rest_.front() == 'n' ? '\n' : rest_.front();
      rest_.remove_prefix(1);
    }
    return std::nullopt;
  }
  std::optional<double> number() {
    double value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
  }

 private:
  std::string_view rest_;
};

/// `labels` and value of a line of that metric; nothing where it is none.
std::optional<Sample> read_sample(std::string_view text, std::string_view metric) {
  Line line(text);
  if (line.word() != metric || !line.take('{')) return std::nullopt;
  std::string uuid;
  std::string instance;
  Sample sample;
  for (bool ended = line.take('}'); !ended;) {
    line.skip_blanks();
    const auto name = line.word();
    if (name.empty() || !line.take('=')) return std::nullopt;
    auto value = line.quoted();
    if (!value) return std::nullopt;
    if (name == "UUID") {
      uuid = std::move(*value);
    } else if (name == "GPU_I_ID") {
      instance = std::move(*value);
    } else if (name == "namespace") {
      sample.namespace_name = std::move(*value);
    }
    const bool more = line.take(',');
    line.skip_blanks();
    ended = line.take('}');
    if (!more && !ended) return std::nullopt;
  }
  line.skip_blanks();
  const auto value = line.number();
  if (!value) return std::nullopt;
  sample.device = uuid + "/" + instance;
  sample.value = *value;
  return sample;
}

/// Nothing where the value is none: DCGM writes numbers beyond 2^60 for what it does not know.
std::optional<int> permille(double value, double whole) {
  if (!std::isfinite(value) || value < 0 || value > whole) return std::nullopt;
  return static_cast<int>(std::lround(value / whole * 1000));
}

}  // namespace

std::map<std::string, int> busy_devices(std::string_view exposition, std::string_view prefix) {
  std::map<std::string, int> busiest;
  std::set<std::string> by_engine;
  const auto look = [&](std::string_view metric, double whole, auto counts) {
    for (std::size_t from = 0; from < exposition.size();) {
      const auto end = std::min(exposition.find('\n', from), exposition.size());
      const auto text = exposition.substr(from, end - from);
      from = end + 1;
      if (!text.starts_with(metric) || text.size() > kMaxLine) continue;
      const auto sample = read_sample(text, metric);
      if (!sample || !sample->namespace_name.starts_with(prefix)) continue;
      const auto busy = permille(sample->value, whole);
      if (!busy || !counts(sample->device)) continue;
      auto& most = busiest.try_emplace(sample->namespace_name, 0).first->second;
      most = std::max(most, *busy);
    }
  };
  look(kEngine, 1.0, [&](const std::string& device) {
    by_engine.insert(device);
    return true;
  });
  look(kUtilisation, 100.0, [&](const std::string& device) { return !by_engine.contains(device); });
  return busiest;
}

}  // namespace berth::said
