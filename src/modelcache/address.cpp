#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

#include "modelcache/web.hpp"

namespace berth::modelcache {
namespace {

struct Free {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, Free>;

std::string part(CURLU* url, CURLUPart which, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK) return {};
  std::string copied(text);
  curl_free(text);
  return copied;
}

tl::unexpected<Error> bad(std::string_view why) {
  return fail(Code::kInvalid, fmt::format("the address of a server is no http:// or https:// one: {}", why));
}

Status sound(CURLU* url) {
  const auto scheme = part(url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return bad("its scheme is another");
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty())
    return bad("it holds a name or a password");
  return {};
}

}  // namespace

Result<Address> address_of(const std::string& url) {
  const Url parsed(curl_url());
  if (const auto code = curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0); code != CURLUE_OK)
    return bad(curl_url_strerror(code));
  if (auto fine = sound(parsed.get()); !fine) return fail(fine.error());
  return Address{.scheme = part(parsed.get(), CURLUPART_SCHEME),
                 .host = part(parsed.get(), CURLUPART_HOST),
                 .port = part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

Result<Redirect> redirect(const std::string& url, const std::string& location) {
  const Url parsed(curl_url());
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return bad("it cannot be read");
  const auto before = part(parsed.get(), CURLUPART_SCHEME);
  // Set on top of another, a relative one is resolved against it.
  if (const auto code = curl_url_set(parsed.get(), CURLUPART_URL, location.c_str(), 0); code != CURLUE_OK)
    return bad(curl_url_strerror(code));
  if (auto fine = sound(parsed.get()); !fine) return fail(fine.error());
  if (before == "https" && part(parsed.get(), CURLUPART_SCHEME) != "https")
    return bad("an encrypted one leads to one that is not");
  const auto colon = location.find("://");
  const bool absolute =
      location.starts_with("//") || (colon != location.npos && location.find_first_of("/?#") == colon + 1);
  // Whatever it looks like: another host is another host.
  const auto from = address_of(url);
  const auto to = address_of(part(parsed.get(), CURLUPART_URL));
  if (!from || !to) return bad("it cannot be read");
  return Redirect{.url = part(parsed.get(), CURLUPART_URL), .absolute = absolute || *from != *to};
}

}  // namespace berth::modelcache
