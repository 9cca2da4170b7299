# What the cases share: a bundle per case, the runtime with a state directory of its own, assertions. A case is a function that fails by a command's status.

cases=()

# scenario ID FUNCTION TEXT: registers a case for the statement ID of the runtime-spec.
scenario() { cases+=("$1|$2|$3"); }

prepare() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/oci-conformance.XXXXXX")
  chmod 755 "$work"
  mkdir -p "$work/rootfs"/{bin,dev,etc,proc,sys,tmp}
  cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
  for applet in sh cat echo ls id true false sleep touch grep stat mount readlink env hostname kill cut test tr mkdir umask; do
    ln -s busybox "$work/rootfs/bin/$applet"
  done
}

clean() { rm -rf --one-file-system "$work"; }

begin_case() {
  bundle=$work/bundle$1
  id=conf-$$-$1
  cgroup=/conformance-$$/$1
  mkdir "$bundle"
  cp -a "$work/rootfs" "$bundle/rootfs"
  config="$bundle/config.json"
  jq -n --arg cgroup "$cgroup" '{
    ociVersion: "1.0.2",
    root: { path: "rootfs", readonly: false },
    process: { cwd: "/", args: ["/bin/true"], env: ["PATH=/bin"], user: { uid: 0, gid: 0 },
      capabilities: (["CAP_KILL", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"] | { bounding: ., effective: ., permitted: . }) },
    hostname: "conformance",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=64k"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] } ],
    linux: { cgroupsPath: $cgroup, namespaces: (["pid", "ipc", "uts", "mount", "network"] | map({ type: . })) } }' >"$config"
}

# Nothing of a case stays: the container, its cgroups, its bundle.
end_case() {
  rt delete --force "$id" >/dev/null 2>&1
  find /sys/fs/cgroup -depth -type d -path "*/conformance-$$/*" -exec rmdir {} + 2>/dev/null
  find /sys/fs/cgroup -depth -type d -name "conformance-$$" -exec rmdir {} + 2>/dev/null
  rm -rf --one-file-system "$bundle"
}

# rt ARGUMENTS: the runtime.
rt() { timeout 30 "$runtime" --root "$work/state" "$@"; }

# edit FILTER [jq options]: changes the bundle's config.
edit() {
  local filter=$1; shift
  jq "$@" "$filter" "$config" >"$config.new" && mv "$config.new" "$config"
}

# program SCRIPT: the container runs a shell script.
program() { edit '.process.args = ["/bin/sh", "-c", $script]' --arg script "$1"; }

run() { rt run --bundle "$bundle" "$id"; }
create() { rt create --bundle "$bundle" "$id" </dev/null; }
state() { rt state "$id"; }
status() { state | jq -r .status; }
pid() { state | jq -r .pid; }

# refused COMMAND...: the command fails, and not because it hung.
refused() {
  local code=0
  "$@" || code=$?
  echo "exit code $code"
  [ $code != 0 ] && [ $code != 124 ]
}

# gone: no container is known and no cgroup is left.
gone() {
  refused state >/dev/null 2>&1 || { echo "state still knows $id"; return 1; }
  ! find /sys/fs/cgroup -type d -path "*$cgroup" | grep .
}

equals() { [ "$1" = "$2" ] || { echo "expected '$2', got '$1'"; return 1; }; }

eventually() {
  local i
  for i in $(seq 50); do "$@" && return 0; sleep 0.1; done
  echo "did not come true: $*"
  return 1
}

is_status() { [ "$(status)" = "$1" ]; }
