#include <utility>

#include "base/base64.hpp"
#include "manifests/names_and_labels.hpp"

namespace berth::manifests {

// No guard object: the password is the tenant's, who may change it.
Object access_secret(const SessionSpec& spec) {
  auto object = session_object(spec, kSecrets, kAccessSecretName, Guard::kNo,
                               json::object{{"type", "Opaque"}, {"data", json::object{}}});
  object.password_key = kAccessSecretKey;
  return object;
}

Object with_password(Object object, std::string_view password) {
  object.body["data"].as_object().insert_or_assign(object.password_key, base64_encode(password));
  return object;
}

}  // namespace berth::manifests
