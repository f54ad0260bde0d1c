# Read by base/build of each image (`source`, after common.sh): Debian 12 from its packages. `here` is that folder, with
# packages.txt in it, one package a line; "-name" there is one that is left out though others depend on it, as those that
# only scripts of an installation run. `always` holds what apt is asked for besides.
#
#   base/build FOLDER             fills FOLDER with the root of the image
#   base/build --sources          prints the file of apt sources that is taken
#   base/build --update LISTS     fetches the lists of those sources to the folder LISTS
#   base/build --versions LISTS   prints PACKAGE VERSION of all that it would install by these lists: what the same inputs means here
#
#   BERTH_APT_SOURCES   file with the sources of Debian 12 to take (else the machine's own)
#   BERTH_LISTS, BERTH_VERSIONS   for FOLDER: LISTS, and a file with what --versions printed

readonly SUITE=bookworm
always=()

sources() {
  local file
  for file in ${BERTH_APT_SOURCES:-/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list}; do
    if [ -e "$file" ] && grep -q "\b$SUITE\b" "$file"; then echo "$file"; return; fi
  done
  fail "no apt sources of Debian $SUITE on this machine; name a file in BERTH_APT_SOURCES"
}

words_of_list() { sed 's/#.*//' "$here/packages.txt" | awk 'NF {print $1}' | LC_ALL=C sort; }
packages() { words_of_list | sed '/^-/d'; }
left_out() { words_of_list | sed -n 's/^-//p'; }

# apt as of an empty machine, with the sources of Debian alone and nothing of this machine's in $1.
apt_of() {
  local from
  from=$(sources)
  apt=(-o Dir::Etc::sourcelist="$from" -o Dir::Etc::sourceparts=- -o Dir::State::status=/dev/null -o APT::Install-Recommends=false
    -o Dir::State::lists="$1" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o Acquire::Languages=none -o APT::Sandbox::User=root)
}

versions() {
  local wanted planned
  apt_of "$1"
  mapfile -t wanted < <(packages)
  planned=$(apt-get "${apt[@]}" --simulate install "${always[@]}" "${wanted[@]}" 2>&1) ||
    fail "apt cannot install what packages.txt asks for: $(tail -3 <<<"$planned")"
  # Inst NAME (VERSION SOURCE [ARCHITECTURE])
  sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1 \3/p' <<<"$planned" | LC_ALL=C sort >"$1/planned.$$"
  left_out | LC_ALL=C join -v 1 "$1/planned.$$" -
  rm "$1/planned.$$"
}

# Answers what is asked besides filling a folder, and ends then.
answer() {
  case $1 in
    --sources) sources ;;
    --update)
      apt_of "$2"
      mkdir -p "$2/partial"
      apt-get "${apt[@]}" --error-on=any --quiet update >&2
      ;;
    --versions) versions "$2" ;;
    *) return 0 ;;
  esac
  exit 0
}

# Fills $1 with the planned packages' files. No script of a package runs: there is no shell, and whatever such a script
# would have made is made by the caller. Licences stay.
unpack_packages() {
  local root=$1 debs=$1/scratch/debs wanted name deb
  mkdir -p "$debs" "$root"/usr/{bin,sbin,lib,lib64} "$root/var/lib/dpkg"
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$root/$name"; done
  apt_of "$BERTH_LISTS"
  mapfile -t wanted < <(awk '{print $1 "=" $2}' "$BERTH_VERSIONS")
  (cd "$debs" && apt-get "${apt[@]}" --quiet --quiet download "${wanted[@]}" >&2) ||
    fail "Debian's mirror does not give what its lists say; run it again"
  for deb in "$debs"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar --extract --preserve-permissions --keep-directory-symlink --directory "$root" \
      --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' --exclude='./usr/share/lintian/*' \
      --exclude='./usr/share/doc/*/*.gz' --exclude='./usr/share/doc/*/[!c]*' --exclude='./usr/share/bug/*'
    # As dpkg would have written it, for whoever looks what is in here.
    dpkg-deb --field "$deb" | sed '1a Status: install ok installed'
    echo
  done >"$root/var/lib/dpkg/status"
  # What the list says is what lies there.
  name=$(awk '/^Package:/ {p = $2} /^Version:/ {print p, $2}' "$root/var/lib/dpkg/status" | LC_ALL=C sort | diff "$BERTH_VERSIONS" - || true)
  [ -z "$name" ] || fail "not the planned packages: $(head -4 <<<"$name" | paste -sd ' ')"
  # Nobody becomes somebody else in here; the runtime forbids it besides.
  find "$root" -xdev -path "$root/scratch" -prune -o -type f -perm /6000 -exec chmod ug-s {} +
}

# The authorities that Debian trusts, as update-ca-certificates puts them together.
trust_authorities() {
  local root=$1 file
  mkdir -p "$root/etc/ssl/certs"
  find "$root/usr/share/ca-certificates" -name '*.crt' | LC_ALL=C sort | while read -r file; do
    sed -e '$a\' "$file"
  done >"$root/etc/ssl/certs/ca-certificates.crt"
  [ "$(grep -c 'BEGIN CERTIFICATE' "$root/etc/ssl/certs/ca-certificates.crt")" -gt 100 ] || fail "there are hardly any authorities in ca-certificates"
}
