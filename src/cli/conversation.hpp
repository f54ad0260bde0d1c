// One command's talk with the server: asking, telling what went wrong, finding what was meant.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/instant.hpp"
#include "cli/api_client.hpp"

namespace berth::cli {

/// COMPLETED, CANCELED, FAILED.
bool is_over(const std::string& state);

/// The reservation that `ref` means: its name among `by_name`, the beginning of its id among `by_id`; of
/// several the one that lives. kInvalid when several live, kNotFound when there is none.
Result<json::value> choose(const std::string& ref, const json::array& by_name, const json::array& by_id);

/// An exit code comes back beside each answer that may be missing; the fault has been told by then.
class Conversation {
 public:
  Conversation();

  /// Tells the error; how to exit.
  static int complain(const Error& error);
  /// The answer when it is a good one; else its problem is told and `code` is how to exit.
  std::optional<json::value> ask(const ApiRequest& request, int& code) { return ask(request, code, {}); }
  /// False, and told, where nobody is signed in; else `client` is there.
  bool connect(int& code);
  /// An answer that came of itself, as `ask` takes it.
  std::optional<json::value> take(Result<Answer> answer, int& code);
  /// The same for a request that does its work once however often it is made: while there is no answer, or
  /// the server cannot serve for now, it is made again a few times, word for word.
  std::optional<json::value> ask_until_answered(const ApiRequest& request, int& code);
  /// The same for a question that is one of many: while there is no answer it is asked again for up to a
  /// minute.
  std::optional<json::value> ask_on(const ApiRequest& request, int& code);
  /// The same with an answer of any status: a fault is told only when there was none.
  std::optional<Answer> send_on(const ApiRequest& request, int& code);
  /// All pages of a list as one, up to `most` items.
  std::optional<json::array> ask_all(const std::string& path, int& code, std::size_t most = SIZE_MAX);
  /// `text`, or `body` where JSON was asked for.
  int show(const json::value& body, const std::string& text) const;
  /// The pool that was named, or the only one.
  std::optional<std::string> pool_name(const std::string& named, int& code);
  /// By id, by its beginning, or by name; of several with one name, the one that lives.
  std::optional<json::value> find_reservation(const std::string& ref, int& code);
  /// The same for one that is to be changed: a name means one's own. Others' are changed by id alone, so that
  /// nobody's is ended because it is called the same.
  std::optional<json::value> find_to_change(const std::string& ref, int& code);

  std::optional<ApiClient> client;  // from the first question on
  Instant server_now;               // until an answer tells better, this machine's
  std::string output = "table";

 private:
  std::optional<json::value> ask(const ApiRequest& request, int& code,
                                 std::span<const std::chrono::milliseconds> pauses);
  /// The body of a good answer; else its problem is told.
  std::optional<json::value> good(Answer answer, int& code) const;
  /// Those that live and that may be seen, or only one's own.
  std::optional<json::array> living(bool own, int& code);
  /// Of those that are over, the first that `choose` takes, the newest first; kNotFound when there is none.
  std::optional<Result<json::value>> past(const std::string& ref, bool own, bool by_name, bool by_id,
                                          int& code);
  /// `found`, or what is wrong told.
  static std::optional<json::value> taken(Result<json::value> found, int& code);
};

}  // namespace berth::cli
