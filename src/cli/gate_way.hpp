// The way from this machine into a workspace: a ticket of the portal, a pass of the gate, lines through it.
// Internal to this module.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/json.hpp"
#include "cli/conversation.hpp"
#include "tunnel/line.hpp"

namespace boost::asio {
class io_context;
}

namespace berth::cli {

class GateWay {
 public:
  /// Of the reservation that `ref` means; told, and `code` how to exit, where its workspace cannot be
  /// entered.
  static std::unique_ptr<GateWay> find(Conversation& conversation, const std::string& ref, int& code);

  /// Its line at `path`; blocks for as long as both servers take. A pass is had where there is none, or where
  /// that of before has run out. Any thread. Errors are the portal's and the gate's, by their meaning.
  Result<std::shared_ptr<tunnel::Line>> open(boost::asio::io_context& io, const std::string& path);
  /// After a line was cut: why, as far as the portal knows. kForbidden for whoever was put out, kGone for a
  /// session that is over, kUnavailable for all else: then the same may be had again.
  Error why_cut() const;

  const std::string& name() const { return name_; }

 private:
  GateWay(ApiClient client, std::string id, std::string name, std::string address)
      : client_(std::move(client)),
        id_(std::move(id)),
        name_(std::move(name)),
        address_(std::move(address)) {}

  Result<std::string> pass_after(const std::string& refused);
  Result<std::string> enter() const;
  Result<std::string> ticket() const;

  const ApiClient client_;
  const std::string id_;
  const std::string name_;
  const std::string address_;  // "https://x7.apps.example/"
  std::mutex mutex_;           // also held while a pass is fetched: one is enough for all
  std::string pass_;           // in memory alone
};

/// As after an answer of the portal.
int exit_code_for(const Error& error);

}  // namespace berth::cli
