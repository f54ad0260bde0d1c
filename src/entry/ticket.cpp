#include "entry/ticket.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/base64.hpp"
#include "base/json.hpp"

namespace berth::entry {
namespace {

/// What is signed begins with it, so that a signature of something else is never one of a ticket.
constexpr std::string_view kTicketPurpose = "berth ticket 1\n";

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
template <std::size_t N>
const unsigned char* bytes_of(const std::array<std::byte, N>& bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
template <std::size_t N>
unsigned char* bytes_of(std::array<std::byte, N>& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string signed_text(std::string_view claims) {
  return std::string(kTicketPurpose).append(claims);
}

tl::unexpected<Error> no_ticket() {
  return fail(Code::kMalformed, "this is no ticket of this Berth", "no_ticket");
}

bool signed_by(const PublicKey& key, const std::string& claims, const std::string& signature) {
  const auto text = signed_text(claims);
  return crypto_sign_verify_detached(bytes_of(signature), bytes_of(text), text.size(), bytes_of(key.key)) ==
         0;
}

}  // namespace

SigningKey make_key(Random& random) {
  SigningKey key;
  key.id = random_uuid(random);
  std::array<std::byte, crypto_sign_SEEDBYTES> seed{};
  random.fill(seed);
  static_assert(sizeof key.secret == crypto_sign_SECRETKEYBYTES &&
                sizeof key.public_half == crypto_sign_PUBLICKEYBYTES);
  crypto_sign_seed_keypair(bytes_of(key.public_half), bytes_of(key.secret), bytes_of(seed));
  sodium_memzero(seed.data(), seed.size());
  return key;
}

std::string sign(const Ticket& ticket, const SigningKey& key) {
  const auto claims = json::serialize(json::object{{"key", key.id},
                                                   {"id", ticket.id},
                                                   {"user", ticket.user},
                                                   {"session", ticket.session},
                                                   {"host", ticket.host},
                                                   {"expires", format_rfc3339(ticket.expires)}});
  const auto text = signed_text(claims);
  std::array<std::byte, crypto_sign_BYTES> signature{};
  crypto_sign_detached(bytes_of(signature), nullptr, bytes_of(text), text.size(), bytes_of(key.secret));
  return base64_url_encode(claims) + "." + base64_url_encode(signature);
}

Result<Ticket> verify(std::string_view text, std::span<const PublicKey> keys, const TicketFor& wanted) {
  const auto dot = text.find('.');
  if (text.size() > kMaxTextBytes || dot == std::string_view::npos) return no_ticket();
  const auto claims = base64_url_decode(text.substr(0, dot));
  const auto signature = base64_url_decode(text.substr(dot + 1));
  if (!claims || !signature || signature->size() != crypto_sign_BYTES) return no_ticket();
  // Before anything is read of it.
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const PublicKey& one) { return signed_by(one, *claims, *signature); });
  if (key == keys.end()) return no_ticket();
  const auto said = parse_json(*claims, 2);
  if (!said || string_at(*said, {"key"}) != key->id) return no_ticket();
  const auto expires = parse_rfc3339(string_at(*said, {"expires"}));
  if (!expires) return no_ticket();
  Ticket ticket{.id = string_at(*said, {"id"}),
                .user = string_at(*said, {"user"}),
                .session = string_at(*said, {"session"}),
                .host = string_at(*said, {"host"}),
                .expires = *expires};
  if (ticket.session != wanted.session || ticket.host != wanted.host || ticket.user.empty() ||
      ticket.id.empty())
    return fail(Code::kForbidden, "this ticket is for another workspace", "other_workspace");
  if (ticket.expires <= wanted.now) {
    return fail(Code::kGone,
                fmt::format("This way in was good until {}, and it is {} here.",
                            format_rfc3339(ticket.expires), format_rfc3339(wanted.now)),
                "ticket_expired");
  }
  return ticket;
}

}  // namespace berth::entry
