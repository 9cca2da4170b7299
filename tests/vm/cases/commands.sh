# pause, resume, ps, update and events on cgroup v2.

scenario "commands: a paused container is frozen, and continues after resume" pauses
pauses() {
  start
  rt pause "$id"
  equals "$(event cgroup.events frozen)" 1
  is_status paused
  rt resume "$id"
  equals "$(event cgroup.events frozen)" 0
  is_status running
  rt pause "$id"
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  gone
}

scenario "commands: a created container is created again after a pause, and a paused one can be deleted by force" pauses_created
pauses_created() {
  create
  rt pause "$id"
  contains "$(rt start "$id" 2>&1)" "cannot start a container in the paused state"
  rt resume "$id"
  is_status created
  rt start "$id"
  rt pause "$id"
  rt delete --force "$id"
  gone
}

scenario "commands: ps lists the processes of sub-cgroups too" lists_processes
lists_processes() {
  program 'sleep 1000 & wait'
  start
  eventually two_processes
  mkdir "$dir/below"
  local second; second=$(tail -n 1 "$dir/cgroup.procs")
  echo "$second" >"$dir/below/cgroup.procs"
  two_processes
  contains "$(rt ps --format json "$id")" "$second"
}
two_processes() { [[ $(rt ps --format json "$id") =~ ^\[[0-9]+,[0-9]+\]$ ]]; }

scenario "commands: update writes what is given and leaves the rest" updates
updates() {
  resources '{"memory":{"limit":67108864,"swap":134217728},"cpu":{"quota":20000,"period":50000}}'
  start
  rt update --cpu-quota 30000 --pids-limit 9 --cpuset-cpus 0 --cpu-share 512 "$id"
  all_hold 'cpu.max=30000 50000' pids.max=9 cpuset.cpus=0 cpu.weight=59 memory.max=67108864
  rt update --cpu-period 40000 "$id"
  holds cpu.max '30000 40000'
  rt update --memory-swap 96M "$id"
  all_hold memory.max=67108864 memory.swap.max=33554432
  rt update --memory 128M --memory-swap -1 --cpu-quota -1 "$id"
  all_hold memory.max=134217728 memory.swap.max=max 'cpu.max=max 40000'
  echo '{"unified":{"memory.high":"8388608"},"blockIO":{"throttleReadBpsDevice":[{"major":254,"minor":0,"rate":1000000}]}}' | rt update --resources - "$id"
  all_hold memory.high=8388608 'io.max=254:0 rbps=1000000 wbps=max riops=max wiops=max'
}

scenario "commands: a failed update is rolled back" takes_back
takes_back() {
  resources '{"cpu":{"shares":512,"quota":20000,"period":50000}}'
  start
  local said code=0
  said=$(echo '{"cpu":{"shares":1024,"quota":30000,"cpus":"0"},"unified":{"io.max":"254:0 rbps=1000000","memory.high":"nonsense"}}' | rt update --resources - "$id" 2>&1) || code=$?
  equals $code 1
  contains "$said" "/unified/memory.high: write 'nonsense' to $dir/memory.high"
  [[ $said != *"while undoing"* ]]
  # A CPU list cannot be cleared while the cgroup has processes; the effective one is written back.
  all_hold cpu.weight=59 'cpu.max=20000 50000' io.max= cpuset.cpus=0-1
  [ ! -e "$work/state/$id/resources.json" ]
}

scenario "commands: the initial CPUs of exec do not matter to a process born in the cgroup" exec_affinity
exec_affinity() {
  resources '{"cpu":{"cpus":"0"}}'
  start
  local process='{"args":["/bin/grep","Cpus_allowed_list","/proc/self/status"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0},"execCPUAffinity":'
  echo "$process"'{"initial":"1"}}' >"$bundle/process.json"
  equals "$(rt exec --process "$bundle/process.json" "$id" </dev/null)" $'Cpus_allowed_list:\t0'
  echo "$process"'{"initial":"1","final":"0"}}' >"$bundle/process.json"
  equals "$(rt exec --process "$bundle/process.json" "$id" </dev/null)" $'Cpus_allowed_list:\t0'
}

scenario "commands: checkBeforeUpdate refuses a limit below current usage" checks_first
checks_first() {
  start
  local said
  said=$(echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | rt update --resources - "$id" 2>&1) && return 1
  contains "$said" "refusing to set memory.max to 4096: current usage is"
  holds memory.max max
}

scenario "commands: statistics in v1 terms, with pressure" has_statistics
has_statistics() {
  resources '{"memory":{"limit":67108864,"swap":67108864},"pids":{"limit":20}}'
  start
  local line; line=$(rt events --stats "$id")
  equals "$(jq -r '[.type, .id, .data.memory.usage.limit, .data.memory.swap.limit, .data.pids.limit, .data.pids.current] | join(" ")' <<<"$line")" "stats $id 67108864 67108864 20 1"
  jq -e '.data | .cpu.usage.total > 0 and .memory.usage.usage > 0 and .memory.raw.anon > 0 and (.cpuset.cpus | length) > 0' <<<"$line"
  [ ! -e "$dir/memory.pressure" ] || ! cat "$dir/memory.pressure" >/dev/null || jq -e '.data.memory.psi.some.avg10 >= 0 and .data.blkio.psi.full.total >= 0' <<<"$line"
}

scenario "commands: events reports out-of-memory, and ends with the container" tells_of_memory
tells_of_memory() {
  resources '{"memory":{"limit":8388608,"swap":8388608}}'
  program 'while ! test -e /tmp/go; do sleep 0.1; done; dd if=/dev/zero of=/dev/null bs=64M count=1; sleep 1000'
  start
  rt events --interval 1h "$id" >"$bundle/events" 2>&1 &
  local events=$!
  sleep 1
  touch "/proc/$(pid)/root/tmp/go"
  eventually test -s "$bundle/events"
  equals "$(head -n 1 "$bundle/events")" '{"type":"oom","id":"'"$id"'"}'
  rt kill "$id" KILL
  wait $events
  equals "$(sort -u "$bundle/events" | wc -l)" 1
}

scenario "commands: events also sleeps after the cgroup was removed from under the container" sleeps_without_cgroup
sleeps_without_cgroup() {
  start
  "$RUNTIME" --root "$work/state" events --interval 1h "$id" >"$bundle/events" 2>&1 &
  local events=$! init before
  sleep 1
  init=$(pid)
  echo "$init" >$cgroup2$base/${base:+tests/}cgroup.procs
  rmdir "$dir"
  sleep 1
  before=$(awk '/^voluntary/ { print $2 }' /proc/$events/status; awk '{ print $14 + $15 }' /proc/$events/stat)
  sleep 2
  equals "$(awk '/^voluntary/ { print $2 }' /proc/$events/status; awk '{ print $14 + $15 }' /proc/$events/stat)" "$before"
  [ ! -s "$bundle/events" ]
  kill -9 "$init"
  wait $events
}

scenario "commands: an init that is OOM-killed by the limit of a cgroup above is reported as such" says_oom
says_oom() {
  only tiny
  program true
  echo +memory >$cgroup2/cgroup.subtree_control
  mkdir -p "$cgroup2/lade-cases"
  # With less the kernel cannot even create the process; with more it runs.
  local limit said
  for limit in 96K 128K 160K 192K 256K 320K 384K; do
    echo $limit >"$cgroup2/lade-cases/memory.max"
    said=$(run 2>&1) || true
    echo "$limit: $said"
    case $said in *"container init was OOM-killed (memory limit too low?)"*) return 0 ;; esac
    rt delete --force "$id"
    mkdir -p "$cgroup2/lade-cases"
  done
  return 1
}
