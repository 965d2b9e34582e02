#!/usr/bin/env bash
# Prepares a Debian or Ubuntu machine for building the workspace: Debian packages and the Wasm
# target of the pinned toolchain. May be called from anywhere and as often as you like; a machine
# that has everything is left alone.
#
# Environment:
#   CARGO_TARGET_DIR                where Cargo builds (default: target/ of the checkout)
#   QUITTANCE_SETUP_SKIP_RUSTUP=1   do not ask rustup's server for anything; take the standard
#                                   library's source from Debian. For machines where that server
#                                   answers but is not wanted, and for testing this path.
set -euo pipefail

repo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# Rustup chooses the toolchain by the folder it is called from.
cd -- "$repo"

target=wasm32v1-none
packages=(protobuf-compiler clang libclang-dev cmake pkg-config libssl-dev)
# Debian's suite that carries the toolchain's version, and the keys that sign it.
suite=trixie-backports
keyrings=/usr/share/keyrings/debian-archive
# Seconds that rustup may take: a server that never answers must not stop the setup.
rustup_limit=180

scratch=
source_link=
stage=
cleanup() {
	if [ -n "$stage" ]; then rm -rf -- "$stage"; fi
	if [ -n "$source_link" ]; then rm -f -- "$source_link"; fi
	if [ -n "$scratch" ]; then rm -rf -- "$scratch"; fi
}
trap cleanup EXIT

say() { printf 'setup: %s\n' "$*"; }
fail() {
	printf 'setup: %s\n' "$@" >&2
	exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
may_use_rustup() { [ "${QUITTANCE_SETUP_SKIP_RUSTUP:-0}" != 1 ] && have rustup; }
make_scratch() {
	if [ -z "$scratch" ]; then
		scratch=$(mktemp -d)
		# apt drops root for downloads, and its user must get in.
		chmod 755 "$scratch"
	fi
}

# --- Debian packages -----------------------------------------------------------------------------

install_packages() {
	if ! have dpkg-query || ! have apt-get; then
		local tool missing=()
		for tool in protoc clang cmake pkg-config; do
			have "$tool" || missing+=("$tool")
		done
		if [ ${#missing[@]} -gt 0 ]; then
			fail "not a Debian system, and these are missing: ${missing[*]}" \
				"install the equivalents of: ${packages[*]}"
		fi
		say "not a Debian system: the tools are there, OpenSSL's and libclang's headers unchecked"
		return
	fi

	local package state missing=()
	for package in "${packages[@]}"; do
		state=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
		[ "$state" = installed ] || missing+=("$package")
	done
	if [ ${#missing[@]} -eq 0 ]; then
		say "Debian packages: all there"
		return
	fi

	local as_root=()
	if [ "$(id -u)" -ne 0 ]; then
		have sudo || fail "run as root: apt-get install ${missing[*]}"
		as_root=(sudo)
	fi
	say "Debian packages: installing ${missing[*]}"
	"${as_root[@]}" apt-get update
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get install --yes --no-install-recommends "${missing[@]}"
}

# --- Toolchain -----------------------------------------------------------------------------------

check_toolchain() {
	if ! have rustc || ! have cargo; then
		fail "no Rust: install rustup, then run this script again"
	fi
	pinned=$(sed -n 's/^channel *= *"\(.*\)"/\1/p' rust-toolchain.toml)
	if ! rustc --version >/dev/null 2>&1 && may_use_rustup; then
		say "toolchain: installing Rust $pinned"
		timeout --kill-after=10 900 rustup toolchain install "$pinned" --profile minimal \
			--component rustfmt --component clippy ||
			fail "rustup could not install Rust $pinned"
	fi
	version=$(rustc --version 2>/dev/null | cut -d' ' -f2) ||
		fail "Rust $pinned is not installed: rustup toolchain install $pinned"
	[ "$version" = "$pinned" ] ||
		fail "rustc is $version, rust-toolchain.toml pins $pinned (is RUSTUP_TOOLCHAIN set?)"
	sysroot=$(rustc --print sysroot)
	library=$sysroot/lib/rustlib/$target/lib
}

target_is_there() {
	local crate
	for crate in core alloc compiler_builtins; do
		compgen -G "$library/lib$crate-*.rlib" >/dev/null || return 1
	done
}

add_target_by_rustup() {
	may_use_rustup || return 1
	say "$target: asking rustup for it"
	if timeout --kill-after=10 "$rustup_limit" rustup target add "$target" && target_is_there; then
		return 0
	fi
	say "$target: rustup could not provide it"
	return 1
}

# Cargo wants the source, with its lock file, at one place in the sysroot.
library_source() { printf '%s\n' "$sysroot/lib/rustlib/src/rust"; }
source_is_there() { [ -f "$(library_source)/library/Cargo.lock" ]; }

add_source_by_rustup() {
	may_use_rustup || return 1
	say "rust-src: asking rustup for it"
	if timeout --kill-after=10 "$rustup_limit" rustup component add rust-src && source_is_there; then
		return 0
	fi
	say "rust-src: rustup could not provide it"
	return 1
}

# apt with a source list and state of its own: the machine's configuration stays as it is.
scratch_apt() {
	apt-get -qq \
		-o Dir::Etc::sourcelist="$scratch/apt/sources.list" \
		-o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$scratch/apt/lists" \
		-o Dir::Cache="$scratch/apt/cache" \
		-o Acquire::Languages=none \
		-o Acquire::Retries=2 \
		-o APT::Get::List-Cleanup=false \
		-o APT::Update::Error-Mode=any \
		"$@"
}

# Fetches Debian's rust-src of the compiler's version and unpacks it, without installing it. apt
# verifies the suite's signature, the index against it and the package against the index.
add_source_by_debian() {
	if ! have apt-get || ! have dpkg; then return 1; fi
	local keyring archive package
	make_scratch
	mkdir -p "$scratch"/apt/{lists,cache/archives}/partial "$scratch"/{download,source} || return 1
	# All of Debian's keys; newer releases name the file .pgp.
	for keyring in "$keyrings-keyring.gpg" "$keyrings-keyring.pgp" ""; do
		[ -z "$keyring" ] || [ ! -r "$keyring" ] || break
	done
	if [ -z "$keyring" ]; then
		say "rust-src: Debian's keys are missing (package debian-archive-keyring)"
		return 1
	fi

	# The archives this machine already uses; a derivative's or a vendor's lacks the suite.
	# shellcheck disable=SC2016 # apt's own variable, not the shell's
	while read -r archive; do
		say "rust-src: looking for $version in $suite of an archive that apt is configured with"
		printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$archive" "$suite" \
			>"$scratch/apt/sources.list"
		if scratch_apt update 2>"$scratch/apt/errors" &&
			package=$(debian_package) &&
			(cd "$scratch/download" && scratch_apt download "rust-src=$package") \
				2>>"$scratch/apt/errors"; then
			dpkg -x "$scratch"/download/rust-src_*.deb "$scratch/source" && link_source
			return
		fi
	done < <(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
	if [ -s "$scratch/apt/errors" ]; then
		say "rust-src: the last archive's answer:"
		sed 's/^/setup:   /' "$scratch/apt/errors"
	fi
	return 1
}

# The Debian version of rust-src whose upstream version is the compiler's.
debian_package() {
	apt-cache \
		-o Dir::Etc::sourcelist="$scratch/apt/sources.list" \
		-o Dir::Etc::sourceparts=- \
		-o Dir::State::lists="$scratch/apt/lists" \
		-o Dir::Cache="$scratch/apt/cache" \
		madison rust-src |
		awk -F'|' -v v="$version" '
			{ gsub(/ /, "", $2) }
			index($2, v "+") == 1 || index($2, v "-") == 1 { print $2; found = 1; exit }
			END { exit !found }'
}

link_source() {
	local lock place
	lock=$(find "$scratch/source" -path '*/library/Cargo.lock' -print -quit)
	if [ -z "$lock" ]; then
		say "rust-src: the package holds no library/Cargo.lock"
		return 1
	fi
	place=$(library_source)
	# A link for the time of the build: files left there would be in the way of rustup's own.
	if [ -e "$place" ] || [ -L "$place" ]; then
		say "rust-src: $place exists and holds no library; remove it"
		return 1
	fi
	mkdir -p "$(dirname "$place")" || return 1
	ln -s "$(dirname "$(dirname "$lock")")" "$place" || return 1
	source_link=$place
	say "rust-src: unpacked Debian's, for this build only"
}

build_target() {
	make_scratch
	local crate=$scratch/empty
	mkdir -p "$crate/src"
	printf '#![no_std]\n' >"$crate/src/lib.rs"
	cat >"$crate/Cargo.toml" <<-'TOML'
		[package]
		name = "empty"
		version = "0.0.0"
		edition = "2021"

		[workspace]
	TOML
	say "$target: building core and alloc from source"
	# The runtime is linked with LTO, which reads bitcode from these libraries.
	env -u CARGO_ENCODED_RUSTFLAGS RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes \
		cargo build --release --quiet -Zbuild-std=core,alloc --target "$target" \
		--manifest-path "$crate/Cargo.toml" --target-dir "$scratch/build" ||
		fail "building core and alloc for $target failed, see above"

	# All or nothing: a copy that is cut off must not look like an installed target.
	local built=$scratch/build/$target/release/deps name
	mkdir -p "$(dirname "$library")"
	stage=$(mktemp -d "$(dirname "$library")/lib.XXXXXX")
	for name in core alloc compiler_builtins; do
		cp -- "$built/lib$name"-*.rlib "$stage/"
	done
	chmod 755 "$stage"
	rm -rf -- "$library"
	mv -- "$stage" "$library"
	stage=

	# What was built against other libraries fails with "can't find crate".
	rm -rf -- "${CARGO_TARGET_DIR:-$repo/target}"/*/wbuild
}

check_target() {
	make_scratch
	printf '#![no_std]\nextern crate alloc;\npub fn f() -> alloc::vec::Vec<u8> { alloc::vec::Vec::new() }\n' \
		>"$scratch/check.rs"
	rustc --edition 2021 --crate-type lib --target "$target" --out-dir "$scratch" "$scratch/check.rs" ||
		fail "the libraries in $library do not work; remove that folder and run this script again"
}

install_target() {
	if target_is_there; then
		say "$target: there, for Rust $version"
		return
	fi
	if add_target_by_rustup; then
		say "$target: added by rustup"
		return
	fi
	[ -w "$sysroot/lib/rustlib" ] ||
		fail "$target is missing and $sysroot/lib/rustlib is not writable: run this as its owner"
	# In these conditions the shell does not stop at a failing command: the functions return 1.
	if ! source_is_there && ! add_source_by_rustup && ! add_source_by_debian; then
		fail "$target is missing, and neither it nor the source of Rust $version could be had." \
			"Do one of these, then run this script again:" \
			"  rustup target add $target          (on a network that reaches rustup's server)" \
			"  rustup component add rust-src      (likewise; this script builds the target from it)" \
			"  unpack the standard library's source of Rust $version, so that this file exists:" \
			"  $(library_source)/library/Cargo.lock"
	fi
	build_target
	check_target
	say "$target: built from source for Rust $version"
}

# --- Node.js -------------------------------------------------------------------------------------

report_node() {
	if have node && have npm; then
		say "Node.js: $(node --version)"
	else
		say "Node.js: not there; test.sh and the comparison with snarkjs need node and npm"
	fi
}

install_packages
check_toolchain
install_target
report_node
say "ready"
