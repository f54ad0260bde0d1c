// The HTTP API from a client's side, and where the client keeps its server and token.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace berth::cli {

/// A file that only its owner can read. The token is a secret: it is never printed.
struct Account {
  std::string server;  // "http://127.0.0.1:8080", no slash at the end
  std::string token;
  std::string email;
};

/// kInvalid for what is no address like https://berth.example.com; and, with the slug "not_encrypted", for
/// one over which a password or a token would travel in the clear to another machine, unless `insecure` says
/// so.
Status check_server(const std::string& server, bool insecure);

/// $XDG_CONFIG_HOME/berth/cli.json or ~/.config/berth/cli.json.
std::filesystem::path account_path();
/// BERTH_SERVER and BERTH_TOKEN win over the file. Empty when there is neither. A server of BERTH_SERVER is
/// checked here, with BERTH_INSECURE=1 for `insecure`; the file's was when one signed in.
Result<std::optional<Account>> load_account();
Status save_account(const Account& account);
Status forget_account();

struct Answer {
  long status = 0;
  json::value body;                                          // null when there was none; CSV is one string
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string header(std::string_view name) const;
};

struct ApiRequest {
  std::string method = "GET";
  std::string path{};  // below /api/v1, with its query
  std::optional<json::value> body{};
  std::vector<std::pair<std::string, std::string>> headers{};
  long limit_seconds = 60;  // for the whole of it
};

/// One request on one thread. An answer of any status is an Answer; an Error means that there was none.
class ApiClient {
 public:
  explicit ApiClient(Account account) : account_(std::move(account)) {}
  Result<Answer> send(const ApiRequest& request) const;
  const Account& account() const { return account_; }

 private:
  Account account_;
};

}  // namespace berth::cli
