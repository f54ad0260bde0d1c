// Reads one address after the other as fast as the answers come, and says how long they took and how large
// they were. 200 and 304 are both good answers.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <map>
#include <utility>

#include "load.hpp"

namespace {

namespace bench = berth::bench;

struct Options {
  bench::Load load;
  std::string tokens_file;
  std::vector<std::string> targets;
  bool gzip = false;
  bool revalidate = false;
};

/// Each client has an account of its own, as long as there are enough, and goes through the targets in turn.
class Reader {
 public:
  Reader(const Options& options, std::vector<std::string> tokens)
      : options_(options),
        tokens_(std::move(tokens)),
        turn_(static_cast<std::size_t>(options.load.clients)),
        asked_(turn_.size()) {}

  std::string next(std::size_t client) {
    const auto token = client % tokens_.size();
    const auto target = (client + turn_[client]++) % options_.targets.size();
    asked_[client] = {token, target};
    auto request = fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {}\r\n",
                               options_.targets[target], options_.load.port_of(client), tokens_[token]);
    if (options_.gzip) request += "Accept-Encoding: gzip\r\n";
    if (options_.revalidate) {
      const auto known = tags_.find(asked_[client]);
      if (known != tags_.end()) request += fmt::format("If-None-Match: {}\r\n", known->second);
    }
    return request + "\r\n";
  }

  void note(std::size_t client, const bench::Answer& answer, double millis) {
    tally_.note(answer.status == 200 || answer.status == 304, answer, millis);
    bytes_ += answer.body.size();
    if (answer.status == 304) ++unchanged_;
    if (answer.header("Content-Encoding") == "gzip") ++compressed_;
    if (const auto tag = answer.header("ETag"); !tag.empty()) {
      ++tagged_;
      if (options_.revalidate) tags_[asked_[client]] = tag;
    }
  }

  boost::json::object result(const bench::LoadEnd& end) {
    auto all = bench::summary(std::move(tally_), end);
    all["body_bytes"] = bytes_;
    all["unchanged"] = unchanged_;
    all["compressed"] = compressed_;
    all["tagged"] = tagged_;
    return all;
  }

 private:
  using Asked = std::pair<std::size_t, std::size_t>;  // token, target

  const Options& options_;
  std::vector<std::string> tokens_;
  std::vector<std::size_t> turn_;
  std::vector<Asked> asked_;
  std::map<Asked, std::string> tags_;
  bench::Tally tally_;
  std::uint64_t bytes_ = 0;
  std::uint64_t unchanged_ = 0;
  std::uint64_t compressed_ = 0;
  std::uint64_t tagged_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Reads as fast as the answers come; prints one JSON object", "read_load");
  app.add_option("--port", options.load.ports, "Once for each server: clients are dealt out over them")
      ->required();
  app.add_option("--target", options.targets, "Path and query; once for each")->required();
  app.add_option("--clients", options.load.clients)->required()->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.load.seconds)->required()->check(CLI::Range(0.1, 600.0));
  app.add_option("--answers-within", options.load.answers_within, "Seconds after the last request")
      ->check(CLI::Range(1.0, 600.0));
  app.add_option("--tokens", options.tokens_file, "File with a bearer token a line")->required();
  app.add_flag("--gzip", options.gzip, "Takes compressed answers");
  app.add_flag("--revalidate", options.revalidate, "Sends the tag of the last answer, as a browser does");
  CLI11_PARSE(app, argc, argv);
  try {
    Reader reader(options, bench::lines_of(options.tokens_file));
    const auto end = bench::drive(
        options.load, [&](std::size_t client) { return reader.next(client); },
        [&](std::size_t client, const bench::Answer& answer, double millis) {
          reader.note(client, answer, millis);
        });
    std::cout << boost::json::serialize(reader.result(end)) << '\n';
    return 0;
  } catch (const std::exception& fault) {
    std::cerr << "read_load: " << fault.what() << '\n';
    return 1;
  }
}
