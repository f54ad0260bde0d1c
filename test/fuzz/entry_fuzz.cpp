// What comes to the gate of a workspace: tickets and passes as texts, what a signed one says (a portal of
// another version may say anything), and the list of who may enter.
#include <sodium.h>

#include "base/base64.hpp"
#include "entry/access_list.hpp"
#include "entry/doorkeeper.hpp"
#include "fuzz.hpp"

namespace {

using namespace berth;

const Instant kNow{std::chrono::hours(24 * 20'000)};

entry::SigningKey make_signing_key() {
  SeededRandom random(1);
  return entry::make_key(random);
}

std::string signed_as_it_is(std::string_view claims, const entry::SigningKey& key) {
  const auto text = "berth ticket 1\n" + std::string(claims);
  std::array<std::byte, crypto_sign_BYTES> signature{};
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr,
                       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                       reinterpret_cast<const unsigned char*>(key.secret.data()));
  return base64_url_encode(claims) + "." + base64_url_encode(signature);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto key = make_signing_key();
  const auto text = berth::fuzz::text_of(data, size);
  const entry::AccessList list{
      .session = "s", .host = "h", .people = {{"ana", "Ana"}}, .keys = {{key.id, key.public_half}}};
  entry::Doorkeeper door({}, {});
  door.set(list);
  berth::fuzz::require(!door.open(text, kNow) && !door.check(text, kNow));

  const entry::TicketFor wanted{.session = "s", .host = "h", .now = kNow};
  if (const auto ticket = entry::verify(signed_as_it_is(text, key), list.keys, wanted)) {
    berth::fuzz::require(ticket->session == "s" && ticket->host == "h" && ticket->expires > kNow);
    berth::fuzz::require(!ticket->user.empty() && !ticket->id.empty());
  }
  if (const auto read = entry::parse_access_list(text)) {
    const auto again = entry::parse_access_list(entry::to_text(*read));
    berth::fuzz::require(again && *again == *read);
  }
  return 0;
}
