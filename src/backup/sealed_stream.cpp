#include "backup/sealed_stream.hpp"

#include <fmt/format.h>
#include <sodium.h>
#include <zlib.h>

#include <cstring>

#include "backup/bytes.hpp"

namespace berth::backup {
namespace {

constexpr std::string_view kMagic = "berth-backup-1\r\n";
constexpr std::size_t kSealedKeyBytes = kKeyBytes + crypto_box_SEALBYTES;
constexpr std::size_t kPrefixBytes = kMagic.size() + kKeyBytes + kSealedKeyBytes;
constexpr std::size_t kHeadBytes = crypto_secretstream_xchacha20poly1305_HEADERBYTES;
constexpr char kAsIs = 0;
constexpr char kDeflated = 1;
constexpr std::size_t kDeflatedHead = 1 + kLengthBytes;
constexpr std::size_t kMostPlain = kPieceBytes + kDeflatedHead;
constexpr std::size_t kSealOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::size_t kMostSealed = kMostPlain + kSealOverhead;
static_assert(kKeyBytes == crypto_secretstream_xchacha20poly1305_KEYBYTES);

/// A piece as it is sealed. What does not get smaller is kept as it is.
std::string packed(std::string_view bytes) {
  std::string out(kDeflatedHead + bytes.size(), '\0');
  auto room = static_cast<uLongf>(bytes.size());
  const bool smaller =
      !bytes.empty() && compress2(raw(out.data() + kDeflatedHead), &room, raw(bytes.data()),
                                  static_cast<uLong>(bytes.size()), Z_DEFAULT_COMPRESSION) == Z_OK;
  if (!smaller) return std::string(1, kAsIs).append(bytes);
  out[0] = kDeflated;
  out.replace(1, kLengthBytes, length_text(bytes.size()));
  out.resize(kDeflatedHead + room);
  return out;
}

/// False for what `packed` cannot have written.
bool unpack(std::string_view plain, std::string& out) {
  if (plain.empty()) return false;
  if (plain[0] == kAsIs) {
    if (plain.size() - 1 > kPieceBytes) return false;
    out.assign(plain.substr(1));
    return true;
  }
  if (plain[0] != kDeflated || plain.size() < kDeflatedHead) return false;
  const auto length = length_of(plain.substr(1));
  if (length == 0 || length > kPieceBytes) return false;
  out.resize(length);
  auto got = static_cast<uLongf>(length);
  const auto body = plain.substr(kDeflatedHead);
  return uncompress(raw(out.data()), &got, raw(body.data()), static_cast<uLong>(body.size())) == Z_OK &&
         got == length;
}

}  // namespace

StreamKey::~StreamKey() {
  sodium_memzero(bytes_.data(), bytes_.size());
}

struct Sealer::State {
  Sink sink;
  crypto_secretstream_xchacha20poly1305_state stream{};
  std::string prefix;  // what the first piece is bound to
  std::string waiting;
  std::string sealed;

  ~State() { sodium_memzero(&stream, sizeof stream); }

  Status seal(std::string_view bytes, unsigned char tag) {
    auto plain = packed(bytes);
    sealed.resize(plain.size() + kSealOverhead);
    crypto_secretstream_xchacha20poly1305_push(&stream, raw(sealed.data()), nullptr, raw(plain.data()),
                                               plain.size(), raw(prefix.data()), prefix.size(), tag);
    prefix.clear();
    if (auto done = sink(length_text(sealed.size())); !done) return done;
    return sink(sealed);
  }
};

Sealer::Sealer(std::unique_ptr<State> state) : state_(std::move(state)) {}
Sealer::~Sealer() = default;
Sealer::Sealer(Sealer&&) noexcept = default;

Result<Sealer> Sealer::begin(Sink sink, const PublicKey& to, Random& random, StreamKey& key) {
  if (sodium_init() < 0) return fail(Code::kUnavailable, "libsodium cannot be set up");
  auto state = std::make_unique<State>();
  state->sink = std::move(sink);
  random.fill(key.bytes());
  state->prefix = kMagic;
  state->prefix.append(reinterpret_cast<const char*>(to.data()), to.size());
  std::array<unsigned char, kSealedKeyBytes> sealed{};
  if (crypto_box_seal(sealed.data(), raw(key.bytes().data()), key.bytes().size(), raw(to.data())) != 0)
    return fail(Code::kInvalid, "nothing can be sealed to this public key");
  state->prefix.append(reinterpret_cast<const char*>(sealed.data()), sealed.size());
  std::string head(kHeadBytes, '\0');
  crypto_secretstream_xchacha20poly1305_init_push(&state->stream, raw(head.data()), raw(key.bytes().data()));
  if (auto done = state->sink(state->prefix + head); !done) return fail(done.error());
  return Sealer(std::move(state));
}

Status Sealer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, kPieceBytes - state_->waiting.size());
    state_->waiting.append(part);
    bytes.remove_prefix(part.size());
    if (state_->waiting.size() < kPieceBytes) continue;
    if (auto done = state_->seal(state_->waiting, 0); !done) return done;
    state_->waiting.clear();
  }
  return {};
}

Status Sealer::finish() {
  auto done = state_->seal(state_->waiting, crypto_secretstream_xchacha20poly1305_TAG_FINAL);
  state_->waiting.clear();
  return done;
}

struct Opener::State {
  Source source;
  crypto_secretstream_xchacha20poly1305_state stream{};
  std::string prefix;
  PublicKey sealed_to{};
  std::string head;
  std::string sealed;
  std::string plain;
  std::string piece;
  std::uint64_t read = 0;
  bool ended = false;

  ~State() {
    sodium_memzero(&stream, sizeof stream);
    sodium_memzero(plain.data(), plain.size());
    sodium_memzero(piece.data(), piece.size());
  }

  /// As much as there is; less than asked for at the end alone.
  Result<std::size_t> fill(std::span<char> room) {
    std::size_t got = 0;
    while (got < room.size()) {
      const auto more = source(room.subspan(got));
      if (!more) return fail(more.error());
      if (*more == 0) break;
      got += *more;
    }
    read += got;
    return got;
  }

  tl::unexpected<Error> cut_off() const {
    return fail(
        Code::kMalformed,
        fmt::format("it ends at byte {}, before its end: it was cut off, or was never finished", read));
  }
  tl::unexpected<Error> changed() const {
    return fail(Code::kMalformed,
                fmt::format("its piece that ends at byte {} is not as it was written", read));
  }
};

Opener::Opener(std::unique_ptr<State> state) : state_(std::move(state)) {}
Opener::~Opener() = default;
Opener::Opener(Opener&&) noexcept = default;

const PublicKey& Opener::sealed_to() const {
  return state_->sealed_to;
}

Result<std::unique_ptr<Opener::State>> Opener::begin_with(Source source) {
  if (sodium_init() < 0) return fail(Code::kUnavailable, "libsodium cannot be set up");
  auto state = std::make_unique<State>();
  state->source = std::move(source);
  state->prefix.resize(kPrefixBytes);
  const auto got = state->fill(state->prefix);
  if (!got) return fail(got.error());
  if (!std::string_view(state->prefix).substr(0, *got).starts_with(kMagic))
    return fail(Code::kMalformed, "it is no backup of Berth, or of a form that this program does not know");
  if (*got < kPrefixBytes) return state->cut_off();
  state->head.resize(kHeadBytes);
  const auto head = state->fill(state->head);
  if (!head) return fail(head.error());
  if (*head < kHeadBytes) return state->cut_off();
  std::memcpy(state->sealed_to.data(), state->prefix.data() + kMagic.size(), kKeyBytes);
  return state;
}

Result<Opener> Opener::start(std::unique_ptr<State> state, const StreamKey& key) {
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state->stream, raw(state->head.data()),
                                                      raw(key.bytes().data())) != 0) {
    return state->changed();
  }
  return Opener(std::move(state));
}

Result<Opener> Opener::begin(Source source, const PrivateKey& key) {
  auto state = begin_with(std::move(source));
  if (!state) return fail(state.error());
  const auto& to = (*state)->sealed_to;
  if (to != key.public_half()) {
    return fail(Code::kInvalid, fmt::format("it is sealed to the key {}, and the key that was given is {}",
                                            fingerprint(to), fingerprint(key.public_half())));
  }
  StreamKey own;
  const auto* sealed = (*state)->prefix.data() + kMagic.size() + kKeyBytes;
  if (crypto_box_seal_open(raw(own.bytes().data()), raw(sealed), kSealedKeyBytes, raw(to.data()),
                           raw(key.secret().data())) != 0) {
    return (*state)->changed();
  }
  return start(std::move(*state), own);
}

Result<Opener> Opener::begin(Source source, const StreamKey& key) {
  auto state = begin_with(std::move(source));
  if (!state) return fail(state.error());
  return start(std::move(*state), key);
}

Result<std::string_view> Opener::next() {
  auto& it = *state_;
  while (!it.ended) {
    std::string length(kLengthBytes, '\0');
    const auto got = it.fill(length);
    if (!got) return fail(got.error());
    if (*got < kLengthBytes) return it.cut_off();
    const auto size = length_of(length);
    if (size <= kSealOverhead || size > kMostSealed) {
      return fail(Code::kMalformed,
                  fmt::format("its piece before byte {} is said to be {} bytes long, of {} to {}", it.read,
                              size, kSealOverhead + 1, kMostSealed));
    }
    it.sealed.resize(size);
    const auto body = it.fill(it.sealed);
    if (!body) return fail(body.error());
    if (*body < size) return it.cut_off();
    it.plain.resize(size - kSealOverhead);
    unsigned char tag = 0;
    if (crypto_secretstream_xchacha20poly1305_pull(&it.stream, raw(it.plain.data()), nullptr, &tag,
                                                   raw(it.sealed.data()), it.sealed.size(),
                                                   raw(it.prefix.data()), it.prefix.size()) != 0 ||
        !unpack(it.plain, it.piece)) {
      return it.changed();
    }
    it.prefix.clear();
    it.ended = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
    if (it.ended) {
      char more = 0;
      const auto left = it.fill(std::span<char>(&more, 1));
      if (!left) return fail(left.error());
      if (*left != 0)
        return fail(Code::kMalformed, fmt::format("something follows its end, at byte {}", it.read - 1));
    }
    if (!it.piece.empty()) return std::string_view(it.piece);
  }
  return std::string_view();
}

}  // namespace berth::backup
