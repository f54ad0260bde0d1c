#include "entry/pass.hpp"

#include <sodium.h>

#include "base/base64.hpp"
#include "base/json.hpp"

namespace berth::entry {
namespace {

constexpr std::string_view kPurpose = "berth pass 1\n";

const unsigned char* bytes_of(const PassKey& key) {
  return reinterpret_cast<const unsigned char*>(key.data());
}

std::string sealed_text(std::string_view claims) {
  return std::string(kPurpose).append(claims);
}

tl::unexpected<Error> no_pass() {
  return fail(Code::kMalformed, "this is no pass of this workspace", "no_pass");
}

}  // namespace

PassKey make_pass_key(Random& random) {
  static_assert(sizeof(PassKey) == crypto_auth_KEYBYTES);
  PassKey key{};
  random.fill(key);
  return key;
}

std::string seal(const Pass& pass, const PassKey& key) {
  const auto claims = json::serialize(json::object{{"user", pass.user},
                                                   {"session", pass.session},
                                                   {"entered", format_rfc3339(pass.entered)},
                                                   {"issued", format_rfc3339(pass.issued)}});
  const auto text = sealed_text(claims);
  std::array<std::byte, crypto_auth_BYTES> mac{};
  crypto_auth(reinterpret_cast<unsigned char*>(mac.data()),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes_of(key));
  return base64_url_encode(claims) + "." + base64_url_encode(mac);
}

Result<Pass> unseal(std::string_view text, const PassKey& key, Instant now) {
  const auto dot = text.find('.');
  if (text.size() > kMaxPassBytes || dot == std::string_view::npos) return no_pass();
  const auto claims = base64_url_decode(text.substr(0, dot));
  const auto mac = base64_url_decode(text.substr(dot + 1));
  if (!claims || !mac || mac->size() != crypto_auth_BYTES) return no_pass();
  const auto sealed = sealed_text(*claims);
  if (crypto_auth_verify(reinterpret_cast<const unsigned char*>(mac->data()),
                         reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(),
                         bytes_of(key)) != 0) {
    return no_pass();
  }
  const auto said = parse_json(*claims, 2);
  if (!said) return no_pass();
  const auto entered = parse_rfc3339(string_at(*said, {"entered"}));
  const auto issued = parse_rfc3339(string_at(*said, {"issued"}));
  if (!entered || !issued) return no_pass();
  if (now >= *issued + kPassLifetime || now >= *entered + kPassLongest)
    return fail(Code::kGone, "this pass has run out", "pass_expired");
  return Pass{string_at(*said, {"user"}), string_at(*said, {"session"}), *entered, *issued};
}

}  // namespace berth::entry
