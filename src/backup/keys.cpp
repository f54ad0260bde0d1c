#include "backup/keys.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>
#include <fstream>

#include "backup/bytes.hpp"
#include "base/base64.hpp"
#include "base/private_file.hpp"

namespace berth::backup {
namespace {

static_assert(kKeyBytes == crypto_box_PUBLICKEYBYTES && kKeyBytes == crypto_box_SECRETKEYBYTES &&
              kKeyBytes == crypto_box_SEEDBYTES);

constexpr std::string_view kPublicWord = "berth-backup-public-1:";
constexpr std::string_view kPrivateWord = "berth-backup-private-1:";
constexpr std::size_t kFingerprintBytes = 8;
/// A key file is one line of 67 characters.
constexpr std::size_t kMaxKeyText = 256;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// False where the text is not `word` and a key.
bool read_half(std::string_view text, std::string_view word, std::array<std::byte, kKeyBytes>& out) {
  if (!text.starts_with(word)) return false;
  auto bytes = base64_url_decode(text.substr(word.size()));
  const bool whole = bytes && bytes->size() == kKeyBytes;
  if (whole) std::memcpy(out.data(), bytes->data(), kKeyBytes);
  if (bytes) sodium_memzero(bytes->data(), bytes->size());
  return whole;
}

}  // namespace

PrivateKey::PrivateKey(Random& random) {
  std::array<std::byte, crypto_box_SEEDBYTES> seed{};
  random.fill(seed);
  crypto_box_seed_keypair(raw(public_.data()), raw(secret_.data()), raw(seed.data()));
  sodium_memzero(seed.data(), seed.size());
}

PrivateKey::~PrivateKey() {
  sodium_memzero(secret_.data(), secret_.size());
}

PrivateKey::PrivateKey(PrivateKey&& other) noexcept : public_(other.public_), secret_(other.secret_) {
  sodium_memzero(other.secret_.data(), other.secret_.size());
}

Result<PrivateKey> PrivateKey::parse(std::string_view text) {
  const auto line = trimmed(text);
  if (line.starts_with(kPublicWord))
    return fail(Code::kInvalid, "this is the public half of a backup key: what is wanted is the private one");
  PrivateKey key;
  if (line.size() > kMaxKeyText || !read_half(line, kPrivateWord, key.secret_) ||
      crypto_scalarmult_base(raw(key.public_.data()), raw(key.secret_.data())) != 0) {
    return fail(Code::kInvalid,
                fmt::format("this is no private half of a backup key (one line, {}...)", kPrivateWord));
  }
  return key;
}

std::string PrivateKey::text() const {
  return std::string(kPrivateWord) + base64_url_encode(std::span<const std::byte>(secret_)) + "\n";
}

std::string text_of(const PublicKey& key) {
  return std::string(kPublicWord) + base64_url_encode(std::span<const std::byte>(key));
}

Result<PublicKey> parse_public_key(std::string_view text, std::string_view field) {
  const auto line = trimmed(text);
  const auto limit = fmt::format("{}...", kPublicWord);
  if (line.starts_with(kPrivateWord)) {
    return fail(invalid_field(
        std::string(field), "a private key", limit,
        fmt::format("{} holds the private half of a backup key, which belongs in a file of its own and "
                    "nowhere else: make a new pair (berth backup key), and give its public half here",
                    field)));
  }
  PublicKey key{};
  if (line.size() > kMaxKeyText || !read_half(line, kPublicWord, key)) {
    return fail(invalid_field(
        std::string(field), line.empty() ? "nothing" : "other text", limit,
        fmt::format("{} is no public half of a backup key ({}...): berth backup key FILE makes a pair", field,
                    kPublicWord)));
  }
  return key;
}

std::string fingerprint(const PublicKey& key) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256(hash.data(), raw(key.data()), key.size());
  std::string text;
  for (std::size_t i = 0; i < kFingerprintBytes; ++i) text += fmt::format("{:02x}", hash.at(i));
  return text;
}

Result<PublicKey> make_key_file(const std::filesystem::path& file, Random& random) {
  std::error_code ignored;  // a path that cannot be looked at cannot be written either, and that is told
  if (std::filesystem::exists(file, ignored)) {
    return fail(Code::kInvalid,
                fmt::format("{} is there already: a key that is written over opens no backup any more",
                            file.string()));
  }
  const PrivateKey key(random);
  auto text = key.text();
  auto written = write_private_file(file, text);
  sodium_memzero(text.data(), text.size());
  if (!written) return fail(written.error());
  return key.public_half();
}

Result<PrivateKey> read_key_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kMaxKeyText + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad())
    return fail(Code::kInvalid, fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)));
  const auto got = static_cast<std::size_t>(in.gcount());
  auto key = PrivateKey::parse(std::string_view(text).substr(0, got));
  sodium_memzero(text.data(), text.size());
  if (!key) return fail(within(file.string(), key.error()));
  return key;
}

}  // namespace berth::backup
