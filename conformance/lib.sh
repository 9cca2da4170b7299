# Shared by the cases: a bundle per scenario, the runtime with its own state directory, edits of the configuration, assertions.
# A scenario is a function run with `set -e`: a failing command fails it. README.md explains how to write one.

scenarios=()

# scenario "ID..." FUNCTION TEXT: registers a scenario for one or more statements (requirements.tsv). Each gets its own result.
scenario() { scenarios+=("$1|$2|$3"); }

# ids PREFIX FIRST LAST: a range of numbered statements.
ids() { seq -f "$1-%03.0f" -s ' ' "$2" "$3"; }

# --- set-up shared by all scenarios ---

prepare() {
  local source applet
  work=$(mktemp -d "${TMPDIR:-/tmp}/oci-conformance.XXXXXX")
  chmod 755 "$work"
  mkdir -p "$work/rootfs"/{bin,dev,etc,proc,sys,tmp} "$work/results"
  # Some runtimes chown their standard streams to the container's user, including /dev/null: hide the host's.
  cp -a /dev/null "$work/null"
  mount --bind "$work/null" /dev/null
  # Not on a temporary directory mounted nodev.
  : 2>/dev/null >/dev/null || umount /dev/null
  cp "$(command -v busybox)" "$work/rootfs/bin/busybox"
  for applet in sh cat echo ls id true false sleep touch grep stat mount umount readlink env hostname kill cut test tr mkdir mknod chown chmod \
    head tail wc sort tty stty printf dd rm nproc ip chrt seq; do
    ln -s busybox "$work/rootfs/bin/$applet"
  done
  if [ -n "$programs" ]; then cp "$programs"/* "$work/rootfs/bin/"; else compile_helpers "$work/rootfs/bin"; fi
  jq -n '{
    ociVersion: "1.0.2",
    root: { path: "rootfs", readonly: false },
    process: { cwd: "/", args: ["/bin/done"], env: ["PATH=/bin"], user: { uid: 0, gid: 0 },
      capabilities: (["CAP_KILL", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID"] | { bounding: ., effective: ., permitted: . }) },
    hostname: "conformance",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755", "size=64k"] },
      { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666"] } ],
    linux: { cgroupsPath: "CGROUP", namespaces: (["pid", "ipc", "uts", "mount", "network"] | map({ type: . })) } }' >"$work/base.json"
  cgroup_roots=()
  for source in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    [ ! -e "$source/cgroup.procs" ] || cgroup_roots+=("${source%/}")
  done
}

# compile_helpers DIRECTORY: the programs that run in containers.
compile_helpers() {
  local source
  for source in "$here"/helper/*.c; do
    musl-gcc -static -O1 -Wall -Wextra -Werror -idirafter /usr/include -idirafter "/usr/include/$(uname -m)-linux-gnu" \
      -o "$1/$(basename "$source" .c)" "$source" || { echo "Bail out! $source does not compile"; exit 2; }
  done
}

clean() {
  local root left
  for root in /sys/fs/cgroup /sys/fs/cgroup/*/; do
    for left in "$root/conformance-$$" "$root/conf-$$-"*; do
      [ -d "$left" ] || continue
      # Where a hierarchy is not mounted, a runtime may have created plain directories and files with these names.
      if [ "$(stat -f -c %T "$root")" = tmpfs ]; then rm -rf --one-file-system "$left"
      else find "$left" -depth -type d -exec rmdir {} + 2>/dev/null; fi
    done
  done
  rm -rf --one-file-system "$work"
}

# run_scenario NUMBER: in a process of its own. Leaves $work/results/NUMBER with one line "RESULT|ID|WHY" per statement, and the output next to it.
run_scenario() {
  local number=$1 statements function code statement
  IFS='|' read -r statements function _ <<<"${scenarios[$1]}"
  scratch=$work/scratch$number
  id=conf-$$-$number
  cgroup=/conformance-$$/$number
  bundle=$scratch/bundle
  config=$bundle/config.json
  mkdir -p "$bundle"
  cp -al "$work/rootfs" "$bundle/rootfs"
  base
  : >"$scratch/checks"
  # In the background, then waited for: in a condition the shell would ignore `set -e` in the whole function.
  ( set -e; $function ) >"$scratch/output" 2>&1 </dev/null &
  wait $!
  code=$?
  for statement in $statements; do
    if grep -q "^not ok|$statement|" "$scratch/checks"; then grep -m 1 "^not ok|$statement|" "$scratch/checks"
    elif grep -q "^ok|$statement|" "$scratch/checks" && [ $code = 0 ]; then echo "ok|$statement|"
    elif [ -e "$scratch/skip.$statement" ]; then echo "skip|$statement|$(cat "$scratch/skip.$statement")"
    elif [ -e "$scratch/skip" ]; then echo "skip|$statement|$(cat "$scratch/skip")"
    elif [ $code = 0 ] && [ -s "$scratch/checks" ]; then echo "not ok|$statement|nothing was checked"
    elif [ $code = 0 ]; then echo "ok|$statement|"
    else echo "not ok|$statement|the scenario ended early with status $code"
    fi
  done >"$scratch/results"
  cp "$scratch/output" "$work/results/$number.output"
  leave
  mv "$scratch/results" "$work/results/$number"
  rm -rf --one-file-system "$scratch"
}

# Removes everything a scenario leaves: the container, its cgroups, its mounts.
leave() {
  local root
  rt delete --force "$id" >/dev/null 2>&1
  for root in "${cgroup_roots[@]}"; do
    [ ! -d "$root$cgroup" ] || find "$root$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null
  done
  awk -v under="$scratch/" 'index($5, under) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r mount; do umount -l "$mount"; done
}

# --- the configuration ---

# base: the initial configuration, without edits.
base() {
  : >"$scratch/edits"
  sed "s|CGROUP|$cgroup|" "$work/base.json" >"$config"
}

# edit FILTER: a jq filter for the configuration, applied at the next call of the runtime. The string "@18446744073709551615@" becomes a number: jq
# has no integers that large.
edit() { echo "| ($1)" >>"$scratch/edits"; }

# quote TEXT: sets REPLY to the text as a JSON string, which is also a string of jq.
quote() {
  REPLY=${1//\\/\\\\}
  REPLY=${REPLY//\"/\\\"}
  REPLY=${REPLY//$'\n'/\\n}
  REPLY="\"${REPLY//$'\t'/\\t}\""
}

# program SCRIPT: the container runs a shell script; if it succeeds, it exits like helper/done.c.
program() { quote "{ $1"$'\n'"} && exit 42"; edit ".process.args = [\"/bin/sh\", \"-c\", $REPLY]"; }

# hook LIST SCRIPT: adds a hook that is a shell script; $state holds its standard input.
# "$pid_of_state" in such a script is the pid in that state.
pid_of_state='$(echo "$state" | sed -n "s/.*\"pid\": *\([0-9]*\).*/\1/p" | head -n 1)'
hook() {
  quote "state=\$(cat); $2"
  edit ".hooks.$1 += [{ path: \"/bin/sh\", args: [\"sh\", \"-c\", $REPLY], env: [\"PATH=/usr/bin:/bin\"] }]"
}

write_config() {
  [ -s "$scratch/edits" ] || return 0
  jq ".$(cat "$scratch/edits")" "$config" >"$config.edited"
  sed 's/"@\([0-9]*\)@"/\1/' "$config.edited" >"$config.new"
  mv "$config.new" "$config"
  : >"$scratch/edits"
}

# --- the runtime ---

# rt ARGUMENTS: the runtime. Whatever it starts must not write to a pipe of ours: the container would keep it open.
rt() { timeout 30 "$runtime" --root "$work/state" "$@"; }

run() { write_config; succeeds rt run --bundle "$bundle" "$id" </dev/null; }
create() { write_config; rt create --bundle "$bundle" "$id" </dev/null; }
start() { rt start "$id"; }
created() { create && start; }
state() { rt state "$id"; }
status() { field status; }
pid() { field pid; }

# field NAME: a property of the state, a string or a number.
field() {
  local document
  document=$(state) || return
  [[ $document =~ \"$1\":\ *\"?([^,\"}]*) ]] && echo "${BASH_REMATCH[1]}"
}

# --- assertions ---

# succeeds COMMAND...: the command exits with the status of a container program that completed its work (helper/done.c).
succeeds() {
  local code=0
  "$@" || code=$?
  [ $code = 42 ] || { echo "ended with status $code, not 42"; return 1; }
}

# ground: the unedited configuration runs. Otherwise a refusal would prove nothing.
ground() {
  [ ! -e "$scratch/grounded" ] || return 0
  again
  run
  touch "$scratch/grounded"
}

# refused COMMAND...: the command fails, but not by timeout, nor with the status of a container program that ran.
refused() {
  local code=0
  "$@" || code=$?
  echo "exit code $code"
  [ $code != 0 ] && [ $code != 42 ] && [ $code != 124 ]
}

# refused_run: no container runs with the present configuration.
refused_run() { write_config; refused rt run --bundle "$bundle" "$id" </dev/null; }

# gone: no container exists and no cgroup is left.
gone() {
  local root
  refused state >/dev/null 2>&1 || { echo "state still knows $id"; return 1; }
  for root in "${cgroup_roots[@]}"; do
    [ ! -e "$root$cgroup" ] || { echo "$root$cgroup is left"; return 1; }
  done
}

equals() { [ "$1" = "$2" ] || { echo "expected '$2', got '$1'"; return 1; }; }
# holds [jq options] FILTER FILE: the filter yields true.
holds() { equals "$(jq "$@" | tail -n 1)" true; }
differs() { [ "$1" != "$2" ] || { echo "did not expect '$1'"; return 1; }; }

# contains TEXT PART, lacks TEXT PART
contains() { [[ $1 == *"$2"* ]] || { echo "no '$2' in '$1'"; return 1; }; }
lacks() { [[ $1 != *"$2"* ]] || { echo "'$2' in '$1'"; return 1; }; }

exists() { [ -e "$1" ] || { echo "there is no $1"; return 1; }; }
absent() { [ ! -e "$1" ] || { echo "there is $1"; return 1; }; }

eventually() {
  local i
  for i in $(seq 200); do "$@" && return 0; sleep 0.05; done
  echo "did not come true: $*"
  return 1
}

is_status() { [ "$(status)" = "$1" ]; }

# --- several statements in one scenario ---

# check ID COMMAND...: the result of the command is the result of the statement (of all checks, if there are several); the scenario continues.
check() {
  local statement=$1 code
  shift
  set +e
  ( set -e; "$@" ) >"$scratch/check" 2>&1
  code=$?
  set -e
  cat "$scratch/check"
  if [ $code = 0 ]; then echo "ok|$statement|" >>"$scratch/checks"
  else
    echo "# $statement failed: $* (status $code)"
    echo "not ok|$statement|$* $(tail -n 2 "$scratch/check" | tr '\n|' '; ')" | tr '\n' ' ' >>"$scratch/checks"
    echo >>"$scratch/checks"
  fi
}

# skip REASON: this machine cannot run the rest of the scenario. skip_statement ID REASON: it cannot show one of the statements.
skip() { echo "$*" >"$scratch/skip"; exit 0; }
skip_statement() { local statement=$1; shift; echo "$*" >"$scratch/skip.$statement"; }

# accepts ID FILTER: a container with this edit of the base configuration runs to completion.
accepts() { check "$1" runs_with "$2"; }
runs_with() { base; edit "$1"; run; }

# rejects ID FILTER: no container with this edit of the base configuration starts, and nothing is left.
rejects() { ground; check "$1" refused_with "$2"; }
refused_with() {
  again
  edit "$1"
  local code=0
  refused_run || code=1
  gone || code=1
  rt delete --force "$id" >/dev/null 2>&1 || true
  return $code
}

# inspect: runs the program `probe` in the container; `probed KEY` prints its value for a key.
inspect() {
  edit '.process.args = ["/bin/probe"]'
  run >"$scratch/probe"
  cat "$scratch/probe"
}
probed() { sed -n "s/^$1 //p" "$scratch/probe"; }
probe_says() { equals "$(probed "$1")" "$2"; }

# ends PID: a background job that must not outlive the scenario. If it has exited, another process may have its pid.
helpers=()
ends() { helpers+=("$1"); trap end_helpers EXIT; }
end_helpers() {
  local helper
  for helper in "${helpers[@]}"; do ! jobs -pr | grep -qx "$helper" || kill -9 "$helper" 2>/dev/null || true; done
}

# again: removes the container of the previous part and restores the initial configuration.
again() { rt delete --force "$id" >/dev/null 2>&1 || true; base; }

# rejects_beside ID VALID FILTER: the edit FILTER is refused. If this machine cannot apply the edit VALID either, the refusal proves something only
# if its message differs; otherwise the statement is skipped.
rejects_beside() {
  local statement=$1 valid refusal
  ground
  again; edit "$2"
  if run >"$scratch/valid" 2>&1; then rejects "$statement" "$3"; return; fi
  valid=$(cat "$scratch/valid")
  again; edit "$3"
  if run >"$scratch/refusal" 2>&1; then check "$statement" equals accepted refused; again; return; fi
  refusal=$(cat "$scratch/refusal")
  again
  echo "valid: $valid"
  echo "refused: $refusal"
  if [ "$(without_times <<<"$valid")" != "$(without_times <<<"$refusal")" ]; then check "$statement" gone
  else skip_statement "$statement" "refused like what is valid: this machine cannot show the difference"; fi
}
without_times() { sed 's/time="[^"]*"//g; s/[0-9]//g'; }

# --- cgroups, v1 and v2 ---

# unified: limits are on cgroup v2.
unified() { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; }

# limit_file CONTROLLER/FILE-OF-V1 FILE-OF-V2: the container's file; "-" if a version has none.
limit_file() { if unified; then echo "/sys/fs/cgroup$cgroup/$2"; else echo "/sys/fs/cgroup/${1%%/*}$cgroup/${1#*/}"; fi; }

# limit_is V1 VALUE V2 VALUE: the contents of the container's file.
limit_is() {
  local file expected=$2
  file=$(limit_file "$1" "$3")
  if unified; then expected=$4; fi
  echo "$file: $(cat "$file")"
  equals "$(cat "$file")" "$expected"
}

# can_limit V1 V2: whether a cgroup of this machine has such a file.
can_limit() {
  local root file code=0
  if unified; then
    root=/sys/fs/cgroup file=$2
    # Files exist only once their controller is enabled, as a runtime does.
    [ "$file" != - ] && echo "+${file%%.*}" >$root/cgroup.subtree_control || return 1
  else
    root=/sys/fs/cgroup/${1%%/*} file=${1#*/}
    [ -e "$root/cgroup.procs" ] || return 1
  fi
  # The root cgroup lacks some files.
  root+=/conf-$$-files-$BASHPID
  mkdir "$root" || return 1
  [ -e "$root/$file" ] || code=1
  rmdir "$root"
  return $code
}

# limited EDIT: a created container with this edit of .linux.resources.
limited() {
  again
  edit ".linux.resources |= (. // {} | $1)"
  program 'sleep 100'
  create
}
