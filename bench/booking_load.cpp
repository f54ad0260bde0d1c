// Books as fast as the answers come, and says how long they took.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "load.hpp"

namespace {

namespace bench = berth::bench;

// Neighbours in time are far apart in order: a prime, so that it visits every window before it comes back.
constexpr std::uint64_t kStride = 104'729;

struct Options {
  bench::Load load;
  std::string path = "/api/v1/reservations";
  std::string tokens_file;
  std::string pool;
  std::string device_class;
  std::int64_t from = 0;  // Unix seconds
  std::int64_t to = 0;
  std::int64_t step_seconds = 1800;
  std::int64_t length_seconds = 3600;
  std::string run;  // part of every key, so that no two runs share one
  std::uint64_t skip = 0;
};

std::string instant(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

/// One request after the other, each with a window and a key of its own.
class Requests {
 public:
  Requests(const Options& options, std::vector<std::string> tokens)
      : options_(options), tokens_(std::move(tokens)), number_(options.skip) {
    const auto span = options.to - options.from - options.length_seconds;
    if (span < options.step_seconds) bench::give_up("--from and --to leave no room for a window");
    windows_ = static_cast<std::uint64_t>(span / options.step_seconds);
    if (windows_ % kStride == 0) bench::give_up("the number of windows may not be a multiple of the stride");
  }

  std::string next(std::size_t client) {
    const auto place = static_cast<std::int64_t>(number_ * kStride % windows_);
    const auto start = options_.from + place * options_.step_seconds;
    const auto body = fmt::format(
        R"({{"pool":"{}","device_class":"{}","units":1,"start":"{}","end":"{}","name":"load {}"}})",
        options_.pool, options_.device_class, instant(start), instant(start + options_.length_seconds),
        number_);
    auto request = fmt::format(
        "POST {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n"
        "Idempotency-Key: {}-{}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        options_.path, options_.load.port_of(client), tokens_[number_ % tokens_.size()], options_.run,
        number_, body.size(), body);
    ++number_;
    return request;
  }

 private:
  const Options& options_;
  std::vector<std::string> tokens_;
  std::uint64_t number_;
  std::uint64_t windows_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Books as fast as the answers come; prints one JSON object", "booking_load");
  app.add_option("--port", options.load.ports, "Once for each server: clients are dealt out over them")
      ->required();
  app.add_option("--path", options.path);
  app.add_option("--clients", options.load.clients)->required()->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.load.seconds)->required()->check(CLI::Range(0.1, 600.0));
  app.add_option("--tokens", options.tokens_file,
                 "File with a bearer token a line; each request takes the next")
      ->required();
  app.add_option("--pool", options.pool)->required();
  app.add_option("--class", options.device_class)->required();
  app.add_option("--from", options.from, "Unix seconds, on a step")->required();
  app.add_option("--to", options.to, "Unix seconds")->required();
  app.add_option("--step-seconds", options.step_seconds)->check(CLI::Range(60, 86'400));
  app.add_option("--length-seconds", options.length_seconds)->check(CLI::Range(60, 604'800));
  app.add_option("--run", options.run)->required();
  app.add_option("--skip", options.skip, "Windows that earlier runs took");
  CLI11_PARSE(app, argc, argv);
  try {
    Requests requests(options, bench::lines_of(options.tokens_file));
    bench::Tally tally;
    const auto end = bench::drive(
        options.load, [&](std::size_t client) { return requests.next(client); },
        [&](std::size_t, const bench::Answer& answer, double millis) {
          tally.note(answer.status == 201, answer, millis);
        });
    std::cout << boost::json::serialize(bench::summary(std::move(tally), end)) << '\n';
    return 0;
  } catch (const std::exception& fault) {
    std::cerr << "booking_load: " << fault.what() << '\n';
    return 1;
  }
}
