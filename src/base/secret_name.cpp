#include "base/secret_name.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace berth {
namespace {

constexpr std::array<std::string_view, 9> kAnywhere{"password",  "passwd",     "passphrase",
                                                    "secret",    "apikey",     "privatekey",
                                                    "accesskey", "credential", "bearer"};
constexpr std::array<std::string_view, 4> kAtTheEnd{"token", "authorization", "cookie", "pwd"};

/// In lower case and without what parts words: "New-Password" and "newPassword" are one name.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      out.push_back(static_cast<char>(c - 'A' + 'a'));
    } else if (c != '_' && c != '-' && c != ' ') {
      out.push_back(c);
    }
  }
  return out;
}

bool one_names_secret(std::string_view name) {
  const auto text = plain(name.substr(0, name.find('[')));
  return std::ranges::any_of(kAnywhere, [&](auto word) { return text.find(word) != std::string::npos; }) ||
         std::ranges::any_of(kAtTheEnd, [&](auto word) { return text.ends_with(word); });
}

}  // namespace

bool names_secret(std::string_view path) {
  while (true) {
    const auto dot = path.find('.');
    if (one_names_secret(path.substr(0, dot))) return true;
    if (dot == std::string_view::npos) return false;
    path.remove_prefix(dot + 1);
  }
}

}  // namespace berth
