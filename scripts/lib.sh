# Shared by the scripts in this folder: sourced, never run. Sets $root (the repository) and changes to it.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 DOTNET_CLI_UI_LANGUAGE=en
# Build servers outlive the command that started them; builds must leave nothing running.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: runs it as root, with sudo if needed. Check may_become_root first.
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
may_become_root() { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }

# need COMMAND|PATH=PACKAGE...: installs the Debian packages whose command (or file) is missing, and says so.
need() {
  local pair packages=()
  for pair in "$@"; do
    case ${pair%%=*} in
      /*) [ -e "${pair%%=*}" ] || packages+=("${pair#*=}") ;;
      *) have "${pair%%=*}" || packages+=("${pair#*=}") ;;
    esac
  done
  [ ${#packages[@]} = 0 ] && return 0
  have apt-get || die "missing: ${packages[*]} (Debian package names); install them and run this again"
  may_become_root || die "missing Debian packages: ${packages[*]}; installing them needs root, or sudo without a password"
  say "installing Debian packages: ${packages[*]}"
  local log; log=$(mktemp)
  # The package lists of a fresh machine are empty or old: refresh them only if an installation fails without.
  if ! apt_install "${packages[@]}" >"$log" 2>&1; then
    as_root apt-get update >"$log" 2>&1 && apt_install "${packages[@]}" >"$log" 2>&1 ||
      { cat "$log" >&2; rm -f "$log"; die "apt-get could not install: ${packages[*]}"; }
  fi
  rm -f "$log"
}
apt_install() { as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" </dev/null; }

need_dotnet() { have dotnet || die "the .NET SDK (10 or later) is missing: install it and put 'dotnet' on PATH"; }
