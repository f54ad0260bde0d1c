// One command's talk with the server: asking, telling what went wrong, finding what was meant.
#pragma once

#include <optional>
#include <string>

#include "base/instant.hpp"
#include "cli/api_client.hpp"

namespace berth::cli {

/// COMPLETED, CANCELED, FAILED.
bool is_over(const std::string& state);

/// An exit code comes back beside each answer that may be missing; the fault has been told by then.
class Conversation {
 public:
  Conversation();

  /// Tells the error; how to exit.
  static int complain(const Error& error);
  /// The answer when it is a good one; else its problem is told and `code` is how to exit.
  std::optional<json::value> ask(const ApiRequest& request, int& code);
  /// `text`, or `body` where JSON was asked for.
  int show(const json::value& body, const std::string& text) const;
  /// The pool that was named, or the only one.
  std::optional<std::string> pool_name(const std::string& named, int& code);
  /// By id, by its beginning, or by name; of several with one name, the one that lives.
  std::optional<json::value> find_reservation(const std::string& ref, int& code);

  std::optional<ApiClient> client;  // from the first question on
  Instant server_now;               // until an answer tells better, this machine's
  std::string output = "table";
};

}  // namespace berth::cli
