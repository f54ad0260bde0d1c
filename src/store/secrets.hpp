// What is kept of a secret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth::store {

/// 32 bytes. `purpose` keeps apart what the same secret is hashed for. Secrets have 256 random bits: a plain
/// hash does.
std::vector<std::byte> secret_hash(std::string_view purpose, std::string_view secret);

/// The same as URL-safe text.
std::string secret_hash_text(std::string_view purpose, std::string_view secret);

/// In a time that does not depend on where they differ.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace berth::store
