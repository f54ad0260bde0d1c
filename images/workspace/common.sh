# Read by the parts of the image (`source`). Each part is a program `PART/build`, called by ../build with the folder that it
# fills: what lies in there below opt/, etc/ and so on becomes a layer, what lies in scratch/ is thrown away. The folder has
# the same name in every build, so no path of the machine ends up in a layer.
set -euo pipefail
export LC_ALL=C TZ=UTC
umask 022

# No file of an image is younger than this moment, which must be past. To be raised with any version: browsers keep what is of
# the same age and size.
export SOURCE_DATE_EPOCH=1795910400

say() { printf 'images: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# $1: package of npm, $2: version, $3: its integrity (sha512-BASE64), $4: folder to unpack to. What a registry gives
# instead is not unpacked.
npm_unpack() {
  local package=$1 version=$2 integrity=$3 folder=$4 scratch file found
  scratch=$(mktemp -d)
  file=$(cd "$scratch" && npm pack --silent "$package@$version" | tail -1) || fail "npm does not give $package $version"
  found=sha512-$(openssl dgst -sha512 -binary "$scratch/$file" | openssl base64 -A)
  [ "$found" = "$integrity" ] || fail "$package $version is not the one known here: integrity $found, expected $integrity"
  mkdir -p "$folder"
  tar -xzf "$scratch/$file" -C "$folder" --strip-components=1 --no-same-owner
  rm -rf "$scratch"
}
