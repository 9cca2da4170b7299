# Shared by the cases, in the machine: a bundle per case, the runtime with its own state directory, cgroups below $base, assertions.
# A case is a function that runs in a subshell with set -e: a failing command fails it.

texts=() bodies=()
capabilities='"CAP_KILL", "CAP_CHOWN", "CAP_MKNOD", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN", "CAP_SYSLOG", "CAP_SYS_RAWIO"'
cgroup2=/sys/fs/cgroup

# scenario TEXT COMMAND...: registers a case.
scenario() { texts+=("$1"); bodies+=("${*:2}"); }

# note TEXT: is printed with the result.
note() { echo "$*" >>"$bundle/note"; }

# skip REASON: ends the case as skipped.
skip() { echo "$*" >"$bundle/skip"; exit 0; }

# only tiny|systemd: skips the case in the other flavour.
only() { [ "$FLAVOUR" = "$1" ] || skip "for the flavour $1"; }

prepare() {
  work=$(mktemp -d /tmp/lade-cases.XXXXXX)
  chmod 755 "$work"
  mkdir -p "$work/rootfs"/{bin,dev,etc,huge,proc,root,scratch,sys/fs/cgroup,tmp}
  # A tmpfs inherits the mode of its mount point.
  chmod 1777 "$work/rootfs/tmp"
  cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
  for applet in $(busybox --list); do [ $applet = busybox ] || ln -s busybox "$work/rootfs/bin/$applet"; done
  base=
  # systemd owns the root and may disable controllers there; what it delegated is ours. Processes live only in leaves. On v1 the root is shared.
  if [ "$FLAVOUR $cgroups" = "systemd v2" ]; then
    base=$(cut -d: -f3 /proc/self/cgroup)
    mkdir "$cgroup2$base/tests"
    for pid in $(cat "$cgroup2$base/cgroup.procs"); do echo "$pid" >"$cgroup2$base/tests/cgroup.procs" || true; done
  fi
}

begin_case() { # NUMBER
  bundle=$work/bundle$1
  id=case-$1
  cgroup=$base/lade-cases/$1
  dir=$cgroup2$cgroup
  config=$bundle/config.json
  driver=()
  mkdir "$bundle"
  # Without spawning a process, which is what takes time in an emulated machine.
  cat_into "$config" <<JSON
{
  "ociVersion": "1.2.0",
  "root": { "path": "$work/rootfs" },
  "process": { "cwd": "/", "args": ["/bin/sleep", "1000"], "env": ["PATH=/bin"], "user": { "uid": 0, "gid": 0 },
    "capabilities": { "bounding": [$capabilities], "effective": [$capabilities], "permitted": [$capabilities] } },
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc" },
    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755", "size=64k"] },
    { "destination": "/tmp", "type": "tmpfs", "source": "tmpfs" } ],
  "linux": { "cgroupsPath": "$cgroup", "namespaces": [ { "type": "pid" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" } ] }
}
JSON
}

cat_into() { local text; IFS= read -r -d '' text || true; printf '%s' "$text" >"$1"; } # FILE: from standard input

end_case() {
  rt delete --force "$id" >/dev/null 2>&1
  local root roots=("$cgroup2$base")
  [ "$cgroups" = v2 ] || roots=("$cgroup2"/*)
  for root in "${roots[@]}"; do [ ! -d "$root/lade-cases" ] || remove_cgroups "$root/lade-cases"; done
  rm -rf --one-file-system "$bundle"
}

# remove_cgroups DIRECTORY: kills its processes and removes it, whatever made it.
remove_cgroups() {
  local i
  rmdir "$1"/* "$1" 2>/dev/null
  [ -d "$1" ] || return 0
  { [ ! -e "$1/cgroup.kill" ] && kill -9 $(cat "$1"/*/cgroup.procs) || echo 1 >"$1/cgroup.kill"; } 2>/dev/null
  for i in $(seq 50); do
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$1" ] || return 0
    sleep 0.1
  done
  echo "# cgroups that cannot be removed: $(find "$1" -type d | tr '\n' ' ')"
}

run_cases() {
  local number=0 failures=0 text status started
  prepare
  for index in "${!texts[@]}"; do
    text=${texts[index]}
    [[ -z $filter || $text == *$filter* ]] || continue
    number=$((number + 1))
    begin_case $number
    started=$EPOCHREALTIME
    # In the background, then waited for: in a condition the shell would ignore set -e in the whole case.
    ( set -e; eval "${bodies[index]}" ) >"$work/output" 2>&1 </dev/null &
    wait $!
    status=$?
    echo "$(((${EPOCHREALTIME/./} - ${started/./}) / 1000)) ms: $text" >&2
    [ ! -f "$bundle/note" ] || sed 's/^/# /' "$bundle/note"
    if [ -f "$bundle/skip" ]; then
      echo "ok - $text # SKIP $(cat "$bundle/skip")"
    elif [ $status = 0 ]; then
      echo "ok - $text"
    else
      failures=$((failures + 1))
      echo "not ok - $text"
      sed 's/^/# /' "$work/output" | tail -n 20
    fi
    end_case
  done
  [ $failures = 0 ] && [ $number -gt 0 ]
}

# rt ARGUMENTS: the runtime. driver: options that choose the cgroup manager.
rt() { timeout 60 "$RUNTIME" --root "$work/state" "${driver[@]}" "$@"; }

# edit FILTER [jq options]: changes the bundle's config.
edit() {
  local filter=$1; shift
  jq "$@" "$filter" "$config" >"$config.new" && mv "$config.new" "$config"
}

# The same as text replacement, ten times as fast in an emulated machine; with jq once jq has written the config.

# program SCRIPT: the container runs a shell script.
program() {
  local script=${1//\\/\\\\} text
  script=${script//\"/\\\"} text=$(<"$config")
  script=${script//$'\n'/\\n}
  case $text in
    *'"args": ["/bin/sleep", "1000"]'*) printf '%s' "${text/'"args": ["/bin/sleep", "1000"]'/"\"args\": [\"/bin/sh\", \"-c\", \"$script\"]"}" >"$config" ;;
    *) edit '.process.args = ["/bin/sh", "-c", $script]' --arg script "$1" ;;
  esac
}

# insert BEFORE TEXT FILTER: inserts a text before another one; if that is not in the config, applies the jq filter.
insert() {
  local text; text=$(<"$config")
  case $text in *"$1"*) printf '%s' "${text/"$1"/"$2$1"}" >"$config" ;; *) edit "$3" ;; esac
}

# resources JSON: sets linux.resources, once.
resources() {
  case $(<"$config") in *'"resources":'*) edit ".linux.resources = $1" ;; *) insert '"namespaces": [ {' "\"resources\": $1, " ".linux.resources = $1" ;; esac
}

# mount_also JSON: adds a mount.
mount_also() { insert $' ],\n  "linux"' ", $1" ".mounts += [$1]"; }

# namespace JSON: adds a namespace.
namespace() { insert '{ "type": "pid" }' "$1, " ".linux.namespaces += [$1]"; }

run() { rt run --bundle "$bundle" "$id" </dev/null; }
start() { rt run --detach --bundle "$bundle" "$id" </dev/null >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }; }
create() { rt create --bundle "$bundle" "$id" </dev/null >"$bundle/output" 2>&1 || { cat "$bundle/output"; return 1; }; }
# prints TEXT: a container started in the background has printed this so far.
prints() { [ "$(<"$bundle/output")" = "$1" ]; }
pid() { [[ $(rt state "$id") =~ '"pid": '([0-9]+) ]]; echo "${BASH_REMATCH[1]}"; }
is_status() { [[ $(rt state "$id") == *'"status": "'"$1"'"'* ]]; }

equals() { [ "$1" = "$2" ] || { echo "expected '$2', got '$1'"; return 1; }; }
contains() { case $1 in *"$2"*) ;; *) echo "expected '$2' in '$1'"; return 1 ;; esac; }

# holds FILE VALUE: a file of the container's cgroup has this value.
holds() { equals "$(<"$dir/$1")" "$2" || { echo "in $1"; return 1; }; }

# all_hold FILE=VALUE...
all_hold() { local pair; for pair in "$@"; do holds "${pair%%=*}" "${pair#*=}" || return; done; }

# event FILE KEY: a number in a file such as memory.events.
event() { awk -v key="$2" '$1 == key { print $2 }' "$dir/$1"; }

# refused TEXT: the container cannot be run, the error contains the text, and nothing is left.
refused() {
  local said code=0
  said=$(run 2>&1) || code=$?
  echo "exit status $code: $said"
  [ $code = 1 ] && contains "$said" "$1" && gone
}

# gone: no container exists and no cgroup is left.
gone() {
  ! rt state "$id" >/dev/null 2>&1 || { echo "$id is still known"; return 1; }
  [ ! -d "$dir" ] || { echo "$dir is left"; return 1; }
  [ ! -e "$work/state/$id" ] || { echo "its directory is left"; return 1; }
}

# cycle: creates, starts and deletes containers of one name, as many as requested, and checks that nothing is left.
cycle() {
  local i before started=$SECONDS cycles=$cycles
  mkdir -p "$work/state"
  before=$(traces)
  for ((i = 1; i <= cycles; i++)); do
    create && rt start "$id" && rt delete --force "$id" || { echo "container $i of $cycles"; return 1; }
  done
  note "$cycles containers made, started and deleted in $((SECONDS - started)) s; before and after there were $before"
  # systemd takes a moment to unload the unit.
  eventually leaves "$before" || { echo "before: $before; now: $(traces)"; return 1; }
  gone
}
leaves() { [ "$(traces)" = "$1" ]; }

# traces: counts everything that a container could leave behind.
traces() {
  local units=0
  [ "$FLAVOUR" = tiny ] || units=$(systemctl list-units --all --plain --no-legend | wc -l)
  echo "$(find /sys/fs/cgroup -type d | wc -l) cgroups, $units units, $(wc -l </proc/self/mountinfo) mounts, $(ls "$work/state" | wc -l) containers," \
    "$(pgrep -c -x sleep) processes of containers"
}

# --- cgroups made by systemd ---

# in_scope CGROUPSPATH SLICE: the runtime has systemd make the cgroup.
in_scope() {
  only systemd
  driver=(--systemd-cgroup)
  unit=lade-$id.scope dir=$cgroup2$2/lade-$id.scope
  local text path=${1:+"\"cgroupsPath\": \"$1\", "}
  text=$(<"$config")
  printf '%s' "${text/"\"cgroupsPath\": \"$cgroup\", "/"$path"}" >"$config"
}

# shows PROPERTY=VALUE...: the unit has these properties.
shows() {
  local pair all
  all=$(systemctl show "$unit")
  for pair in "$@"; do grep -qxF -- "$pair" <<<"$all" || { echo "expected $pair, got $(grep "^${pair%%=*}=" <<<"$all")"; return 1; }; done
}

no_units() { equals "$(systemctl list-units --all --plain --no-legend 'lade-case-*')" ''; }

# eventually COMMAND...: it succeeds within ten seconds.
eventually() {
  local i
  for i in $(seq 100); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done
  echo "did not come true: $*"
  return 1
}
