# Functions of bench/run, which sources this file. Uses its variables work, tag, commands, path, runs, rounds, modes, bundle.
declare -A path median resource
state_root() { echo "$work/state-$1"; }

# --- bundles -----------------------------------------------------------------------------------------------------------------------

# Every command gets the same configuration except for the name of its cgroup.
make_bundles() {
  local source=${bundle:-$work/default} command
  if [ -z "$bundle" ]; then
    mkdir -p "$source/rootfs/bin"
    cp "$(command -v busybox)" "$source/rootfs/bin/busybox"
    ln -s busybox "$source/rootfs/bin/true"
    mkdir "$source"/rootfs/{proc,dev,sys}
    # A version that old runtimes accept.
    default_config "$source" | jq '.ociVersion = "1.0.2" | .process.terminal = false | .process.args = ["/bin/true"]' >"$source/new.json"
    mv "$source/new.json" "$source/config.json"
  fi
  rootfs=$(jq -r '.root.path' "$source/config.json")
  case $rootfs in /*) ;; *) rootfs=$source/$rootfs ;; esac
  for command in "${commands[@]}"; do
    mkdir "$work/bundle-$command"
    jq --arg cgroup "/$tag-$command" --arg rootfs "$rootfs" '.linux.cgroupsPath = $cgroup | .root.path = $rootfs | .process.terminal = false' \
      "$source/config.json" >"$work/bundle-$command/config.json"
  done
}

# lade's own, or that of the first runtime if lade is not among the commands.
default_config() {
  local command
  for command in lade runc crun; do
    [ -n "${path[$command]-}" ] || continue
    (cd "$1" && "${path[$command]}" spec) && cat "$1/config.json" && return
  done
  die "--only floor needs --bundle"
}

# --- commands ----------------------------------------------------------------------------------------------------------------------

# The command line of `run` from bundle-NAME; its words contain no spaces.
run_command() { # NAME [BUNDLE]
  local from=${2:-$work/bundle-$1}
  case $1 in
    floor) echo "${path[floor]} $rootfs $(cgroup_directories)" ;;
    *) echo "${path[$1]} --root $(state_root "$1") run --bundle $from $tag-$1" ;;
  esac
}

cgroup_directories() {
  awk -v name="$tag-floor" '
    { for (i = 7; i <= NF && $i != "-"; i++); type = $(i + 1) }
    type == "cgroup" && !seen[$3]++ { one = one " " $5 "/" name }
    type == "cgroup2" { two = $5 "/" name }
    END { print one != "" ? one : two }' /proc/self/mountinfo
}

# crun before 1.9 refuses v1 hierarchies next to a v2 one ("hybrid"). It gets a private mount namespace without the latter. The measuring
# program runs inside it, so creating the namespace is not measured.
in_place_of() { # NAME COMMAND...
  local name=$1; shift
  if [ "$name" = crun ] && mountpoint -q /sys/fs/cgroup/unified; then
    unshare --mount --propagation private sh -c 'umount /sys/fs/cgroup/unified && exec "$@"' sh "$@"
  else
    "$@"
  fi
}

remove_containers() {
  local command
  for command in "${commands[@]}"; do
    [ "$command" = floor ] && continue
    in_place_of "$command" timeout 20 "${path[$command]}" --root "$(state_root "$command")" delete --force "$tag-$command" >/dev/null 2>&1 || true
  done
  find /sys/fs/cgroup -depth -type d -name "$tag-*" -exec rmdir {} + 2>/dev/null || true
}

# --- times -------------------------------------------------------------------------------------------------------------------------

measure_times() {
  local round mode command
  for ((round = 1; round <= rounds; round++)); do
    for mode in $modes; do
      for command in "${commands[@]}"; do
        say "round $round/$rounds: $command, $mode" >&2
        time_command "$mode" "$command"
      done
    done
  done
  for mode in $modes; do
    for command in "${commands[@]}"; do
      median[$mode,$command]=$(sort -g "$work/times-$mode-$command" | awk '
        { t[NR] = $1 } END { m = NR % 2 ? t[(NR + 1) / 2] : (t[NR / 2] + t[NR / 2 + 1]) / 2; printf "%.3f", m * 1000 }')
    done
  done
}

time_command() { # MODE NAME
  local pause=()
  [ "$1" = back-to-back ] || pause=(--prepare 'sleep 0.12')
  in_place_of "$2" hyperfine --shell=none --warmup 3 --runs "$runs" "${pause[@]}" --style none --export-json "$work/hyperfine.json" \
    "$(run_command "$2")" >"$work/hyperfine.log" 2>&1 || { cat "$work/hyperfine.log" >&2; die "$2 failed"; }
  jq '.results[0].times[]' "$work/hyperfine.json" >>"$work/times-$1-$2"
}

ratio() { # MODE NAME OTHER
  local a=${median[$1,$2]} b=${median[$1,$3]-}
  if [ -z "$b" ]; then echo -; else awk -v a="$a" -v b="$b" 'BEGIN { printf "%.2f", a / b }'; fi
}

print_times() {
  local mode command
  for mode in $modes; do
    printf '\n%s, %d runs each\n%-8s %11s %8s %8s %8s\n' "$mode" $((runs * rounds)) command "median ms" "x crun" "x runc" "x floor"
    for command in "${commands[@]}"; do
      printf '%-8s %11.2f %8s %8s %8s\n' "$command" "${median[$mode,$command]}" \
        "$(ratio "$mode" "$command" crun)" "$(ratio "$mode" "$command" runc)" "$(ratio "$mode" "$command" floor)"
    done
  done
}

# --- memory and system calls ---------------------------------------------------------------------------------------------------------

measure_resources() {
  local command
  for command in "${commands[@]}"; do
    say "memory and system calls: $command" >&2
    resource[run_peak,$command]=$(median_of_5 "$command" $(run_command "$command"))
    resource[calls,$command]=$(count_calls "$command")
    [ "$command" = floor ] && continue
    measure_created "$command"
    resource[limit,$command]=$(smallest_limit "$command")
  done
}

median_of_5() { # NAME COMMAND...
  local name=$1 i; shift
  for i in 1 2 3 4 5; do in_place_of "$name" "$work/measure" "$@"; done | sort -n | sed -n 3p
}

count_calls() {
  in_place_of "$1" strace -f -qq -c -U calls,name -o "$work/strace" $(run_command "$1") >/dev/null
  awk '$2 == "total" { print $1 }' "$work/strace"
}

# The process that waits between create and start: memory that only it has.
measure_created() { # NAME
  local name=$1 id=$tag-$1 pid
  local program=(${path[$1]} --root "$(state_root "$1")")
  resource[create_peak,$name]=$(in_place_of "$name" "$work/measure" "${program[@]}" create --bundle "$work/bundle-$name" --pid-file "$work/pid" "$id")
  pid=$(cat "$work/pid")
  resource[init_private,$name]=$(awk '/^Private_(Clean|Dirty):/ { sum += $2 } END { print sum }' "/proc/$pid/smaps_rollup")
  resource[init_pss,$name]=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
  in_place_of "$name" "${program[@]}" delete --force "$id"
}

# The smallest memory limit (KiB, of these) under which `run` works three times in a row.
smallest_limit() { # NAME
  local limit try
  for limit in 128 256 512 768 1024 1536 2048 3072 4096 6144 8192 12288 16384 32768; do
    rm -rf "$work/bundle-limit"; mkdir "$work/bundle-limit"
    jq --argjson bytes $((limit * 1024)) '.linux.resources.memory.limit = $bytes' "$work/bundle-$1/config.json" >"$work/bundle-limit/config.json"
    for try in 1 2 3; do
      in_place_of "$1" timeout 10 $(run_command "$1" "$work/bundle-limit") >/dev/null 2>&1 || { remove_containers; continue 2; }
    done
    echo $limit
    return
  done
  echo -
}

print_resources() {
  local command
  printf '\n%-8s %10s %13s %14s %10s %13s %13s\n' command "run peak" "create peak" "init private" "init Pss" "least limit" "system calls"
  for command in "${commands[@]}"; do
    printf '%-8s %10s %13s %14s %10s %13s %13s\n' "$command" "${resource[run_peak,$command]}" "${resource[create_peak,$command]--}" \
      "${resource[init_private,$command]--}" "${resource[init_pss,$command]--}" "${resource[limit,$command]--}" "${resource[calls,$command]}"
  done
  say "(KiB; peak: resident memory of the command; init: the process that waits between create and start; least limit: smallest memory"
  say " limit of those tried under which run works; system calls: of run and the container, counted by strace -f)"
}

# --- results for programs -------------------------------------------------------------------------------------------------------------

write_json() { # FILE
  local mode command key
  {
    for mode in $modes; do
      for command in "${commands[@]}"; do
        jq -n --arg command "$command" --arg mode "$mode" --argjson median "${median[$mode,$command]}" --slurpfile times "$work/times-$mode-$command" \
          '{kind: "time", command: $command, mode: $mode, medianMs: $median, minMs: ($times | min * 1000), runs: ($times | length)}'
      done
    done
    for key in "${!resource[@]}"; do
      [ "${resource[$key]}" = - ] && continue
      jq -n --arg command "${key#*,}" --arg measure "${key%%,*}" --argjson value "${resource[$key]}" \
        '{kind: "resource", command: $command, measure: $measure, value: $value}'
    done
  } | jq -s --arg kernel "$(uname -r)" --arg date "$(date -u +%Y-%m-%dT%H:%M:%SZ)" --argjson runs "$runs" --argjson rounds "$rounds" \
    --arg bundle "${bundle:-default}" --argjson versions "$(versions)" \
    '{date: $date, kernel: $kernel, bundle: $bundle, runsPerRound: $runs, rounds: $rounds, versions: $versions, results: .}' >"$1"
  say "results written to $1"
}

versions() {
  local command
  for command in "${commands[@]}"; do
    [ "$command" = floor ] || jq -n --arg command "$command" --arg version "$("${path[$command]}" --version | head -n 1)" '{($command): $version}'
  done | jq -s 'add // {}'
}
