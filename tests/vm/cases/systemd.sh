# systemd makes the container's cgroup, and removes it with the container.

scenario "systemd: a scope in a slice of slices, with every limit as a property and in its file" scope_has_limits
scope_has_limits() {
  in_scope web.slice:lade:$id /web.slice
  resources '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"b","major":254,"minor":0,"access":"r"}],
    "memory":{"limit":67108864,"reservation":33554432,"swap":100663296},"cpu":{"shares":2048,"quota":33333,"period":100000,"cpus":"0","mems":"0"},
    "pids":{"limit":20},"unified":{"memory.high":"60002304"},"blockIO":{"weight":200},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
  create
  shows ControlGroup=/web.slice/$unit ActiveState=active Slice=web.slice Delegate=yes DefaultDependencies=no CollectMode=inactive-or-failed \
    MemoryMax=67108864 MemoryLow=33554432 MemoryHigh=60002304 MemorySwapMax=33554432 CPUWeight=174 CPUQuotaPerSecUSec=340ms AllowedCPUs=0 \
    AllowedMemoryNodes=0 TasksMax=20 IOWeight=1920 DevicePolicy=strict
  contains "$(systemctl show "$unit" -p DeviceAllow)" 'DeviceAllow=/dev/block/254:0 r'
  # systemd rounds a quota; the file has the exact value.
  all_hold memory.max=67108864 memory.low=33554432 memory.high=60002304 memory.swap.max=33554432 cpu.weight=174 'cpu.max=33333 100000' \
    cpuset.cpus=0 pids.max=20 'io.weight=default 1920' hugetlb.2MB.max=4194304
  equals "$(<"$dir/cgroup.procs")" "$(pid)"
  systemctl daemon-reload
  all_hold memory.max=67108864 pids.max=20 'io.weight=default 1920'
  rt delete --force "$id"
  gone && no_units
}

scenario "systemd: without cgroupsPath the scope is lade-ID in system.slice, and its properties come from annotations" scope_by_default
scope_by_default() {
  in_scope '' /system.slice
  edit '.annotations={"org.systemd.property.TimeoutStopSec":"uint64 7","org.systemd.property.Description":"\"of a test\""}'
  create
  shows ControlGroup=/system.slice/$unit TimeoutStopUSec=7s 'Description=of a test'
  rt delete --force "$id"
  gone && no_units
}

scenario "systemd: the program is in the scope from the start, and the scope ends with it" run_in_scope
run_in_scope() {
  in_scope '' /system.slice
  program 'cat /proc/self/cgroup; exit 5'
  local said code=0
  said=$(run) || code=$?
  equals "$code $said" "5 0::/system.slice/$unit"
  gone && no_units
}

scenario "systemd: device rules are in force for the program" devices_in_scope
devices_in_scope() {
  in_scope '' /system.slice
  resources '{"devices":[{"allow":false,"access":"rwm"}]}'
  program 'mknod /tmp/disk b 254 0; mknod /tmp/null c 1 3; echo >/tmp/null && ! cat /tmp/disk'
  local said code=0
  said=$(run 2>&1) || code=$?
  echo "$said"
  equals "$code" 0
  contains "$said" 'Operation not permitted'
}

scenario "systemd: a cgroup below the scope's (run.oci.systemd.subgroup)" subgroup
subgroup() {
  in_scope '' /system.slice
  resources '{"memory":{"limit":67108864}}'
  edit '.annotations={"run.oci.systemd.subgroup":"inner"}'
  create
  equals "$(cut -d: -f3 "/proc/$(pid)/cgroup")" "/system.slice/$unit/inner"
  equals "$(<"$dir/inner/memory.max")" 67108864
  rt delete --force "$id"
  gone && no_units
}

scenario "systemd: a unit of that name with processes is refused and left alone" unit_exists
unit_exists() {
  in_scope "system.slice:lade:$id" /system.slice
  systemd-run --quiet --scope --unit "$unit" sleep 1000 &
  eventually grep -q . "$dir/cgroup.procs"
  local said code=0
  said=$(run 2>&1) || code=$?
  echo "$said"
  equals "$code" 1
  contains "$said" "container's cgroup is not empty: 1 process(es) found"
  rt delete --force "$id"
  shows ActiveState=active
  systemctl stop "$unit"
}

scenario "systemd: without a bus systemd is called directly, and without systemd the reason is reported" without_bus
without_bus() {
  in_scope '' /system.slice
  program 'exit 0'
  mv /run/dbus/system_bus_socket /run/dbus/away
  local code=0
  run || code=$?
  mv /run/dbus/away /run/dbus/system_bus_socket
  equals "$code" 0
  DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere refused 'cannot connect to systemd: /nowhere: ENOENT: no such file or directory'
}

scenario "systemd: what a killed lade leaves behind is removed, including the unit" killed_creator
killed_creator() {
  in_scope '' /system.slice
  # A hook that does not return keeps the creating lade alive after the unit was made.
  edit '.hooks={"createRuntime":[{"path":"/bin/sleep","args":["sleep","1000"]}]}'
  "$RUNTIME" --root "$work/state" "${driver[@]}" create --bundle "$bundle" "$id" </dev/null >/dev/null 2>&1 &
  local creator=$!
  eventually test -d "$dir"
  eventually pgrep -P $creator -x sleep >/dev/null
  kill -KILL $creator
  rt delete --force "$id"
  gone && no_units
  pkill -P 1 -x sleep || true
}

scenario "systemd: a scope that disappears while its files are read is not an error" goes_meanwhile
goes_meanwhile() {
  in_scope '' /system.slice
  start
  # The file is open by then; its cgroup disappears with the process that was just killed.
  timeout 60 strace -f -qq -o "$bundle/trace" -P "$dir/cgroup.events" -e trace=read,pread64 -e inject=read,pread64:delay_enter=1500000 \
    "$RUNTIME" --root "$work/state" "${driver[@]}" delete --force "$id"
  grep 'read.*ENODEV' "$bundle/trace"
  gone && no_units
}

scenario "systemd: nothing is left of many containers of one name" cycle_in_scope
cycle_in_scope() { in_scope '' /system.slice; cycle; no_units; }

scenario "systemd: update changes properties and files, and a reload of systemd leaves them" update_in_scope
update_in_scope() {
  in_scope '' /system.slice
  local number; number=$(</sys/block/vda/dev)
  resources '{"memory":{"limit":67108864},"cpu":{"shares":512,"quota":33333,"period":100000},"pids":{"limit":20}}'
  start
  echo '{"memory":{"limit":134217728,"reservation":16777216,"swap":150994944},"cpu":{"shares":1024,"cpus":"0-1"},"pids":{"limit":0},"unified":{"memory.high":"100003840"},
    "blockIO":{"weight":300,"throttleReadBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":1000000}],
      "throttleWriteBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":2000000}],
      "throttleReadIOPSDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":300}],
      "throttleWriteIOPSDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":400}]}}' | rt update --resources - "$id"
  shows MemoryMax=134217728 MemoryLow=16777216 MemoryHigh=100003840 MemorySwapMax=16777216 CPUWeight=100 CPUQuotaPerSecUSec=340ms AllowedCPUs=0-1 TasksMax=1 \
    IOWeight=2930 "IOReadBandwidthMax=/dev/block/$number 1000000" "IOWriteBandwidthMax=/dev/block/$number 2000000" \
    "IOReadIOPSMax=/dev/block/$number 300" "IOWriteIOPSMax=/dev/block/$number 400"
  # What systemd rounds or lacks is still exact in the files, whatever was changed.
  files_of_update 'cpu.max=33333 100000' pids.max=0
  systemctl daemon-reload
  files_of_update
  rt update --pids-limit 9 --cpu-quota 50000 "$id"
  files_of_update pids.max=9 'cpu.max=50000 100000'
  shows TasksMax=9 CPUQuotaPerSecUSec=500ms
  echo '{"blockIO":{"throttleReadBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":0}]}}' | rt update --resources - "$id"
  contains "$(<"$dir/io.max")" 'rbps=max wbps=2000000'
  contains "$(systemctl show "$unit" -p IOWriteBandwidthMax)" "IOWriteBandwidthMax=/dev/block/$number 2000000"
  [[ $(systemctl show "$unit" -p IOReadBandwidthMax) != *$number* ]]
  rt delete --force "$id"
  gone && no_units
}
files_of_update() {
  all_hold memory.max=134217728 memory.low=16777216 memory.high=100003840 memory.swap.max=16777216 cpu.weight=100 cpuset.cpus=0-1 \
    'io.weight=default 2930' "io.max=$(</sys/block/vda/dev) rbps=1000000 wbps=2000000 riops=300 wiops=400" "$@"
}

scenario "systemd: a failed update restores properties and files" update_fails
update_fails() {
  in_scope '' /system.slice
  local number; number=$(</sys/block/vda/dev)
  resources '{"memory":{"limit":67108864},"cpu":{"shares":512,"quota":33333,"period":100000},"pids":{"limit":20}}'
  start
  local said code=0
  said=$(echo '{"memory":{"limit":134217728,"swap":150994944},"cpu":{"shares":1024,"quota":50000,"cpus":"0"},"pids":{"limit":9},"blockIO":{"weight":300,
    "throttleReadBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":1000000}]},"unified":{"memory.oom.group":"nonsense"}}' | rt update --resources - "$id" 2>&1) || code=$?
  equals $code 1
  contains "$said" "/unified/memory.oom.group: write 'nonsense' to $dir/memory.oom.group"
  [[ $said != *"while undoing"* ]] || { echo "$said"; return 1; }
  # A CPU list cannot be cleared while the cgroup has processes; the effective one is written back.
  all_hold memory.max=67108864 memory.swap.max=max cpu.weight=59 'cpu.max=33333 100000' pids.max=20 cpuset.cpus=0-1 io.max= 'io.weight=default 100'
  shows MemoryMax=67108864 MemorySwapMax=infinity CPUWeight=59 CPUQuotaPerSecUSec=340ms TasksMax=20 'IOWeight=[not set]'
  [[ $(systemctl show "$unit" -p AllowedCPUs,IOReadBandwidthMax) != *[0-9]* ]]
  [ ! -e "$work/state/$id/resources.json" ]
  systemctl daemon-reload
  all_hold memory.max=67108864 cpu.weight=59 pids.max=20 cpuset.cpus.effective=0-1 io.max= 'io.weight=default 100'
}

scenario "systemd: a limit below current usage is refused before systemd is asked" checks_before_systemd
checks_before_systemd() {
  in_scope '' /system.slice
  start
  local said
  said=$(echo '{"memory":{"limit":4096,"checkBeforeUpdate":true}}' | rt update --resources - "$id" 2>&1) && return 1
  contains "$said" "refusing to set memory.max to 4096: current usage is"
  is_status running
  shows MemoryMax=infinity
  holds memory.max max
}

scenario "systemd: an idle container is idle for systemd too" idle_in_scope
idle_in_scope() {
  in_scope '' /system.slice
  resources '{"cpu":{"idle":1}}'
  start
  holds cpu.idle 1
  systemctl daemon-reload
  rt update --pids-limit 9 --cpu-quota 50000 "$id"
  all_hold cpu.idle=1 pids.max=9 'cpu.max=50000 100000'
  echo '{"cpu":{"idle":0,"shares":512}}' | rt update --resources - "$id"
  all_hold cpu.idle=0 cpu.weight=59
  shows CPUWeight=59
}

scenario "systemd: limits are enforced" enforced_in_scope
enforced_in_scope() {
  in_scope '' /system.slice
  resources '{"memory":{"limit":16777216,"swap":16777216},"pids":{"limit":20}}'
  program 'bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 1000'
  start
  eventually more_than pids.events max 0
  [ "$(<"$dir/pids.current")" -le 20 ]
  rt delete --force "$id"
  edit '.process.args=["/bin/dd","if=/dev/zero","of=/dev/null","bs=64M","count=1"]'
  local code=0
  run || code=$?
  equals $code 137
  gone && no_units
}
more_than() { [ "$(event "$1" "$2")" -gt "$3" ]; }

# The scope disappears with its last process, and the kernel's counters with it.
scenario "systemd: an OOM-killed init is reported as such" oom_in_scope
oom_in_scope() {
  in_scope '' /system.slice
  local text='container init was OOM-killed (memory limit too low?)'
  resources '{"memory":{"limit":4096,"swap":4096}}'
  refused "/linux/resources/memory/limit: $text"
  edit '.linux.resources={"unified":{"memory.max":"4096","memory.swap.max":"0"}}'
  refused "$text"
  # With a delay in lade, systemd is always first.
  rt() { if [ "$1" = run ]; then timeout 60 strace -f -qq -o "$bundle/trace" -e trace=wait4 -e inject=wait4:delay_enter=1500000 "$RUNTIME" --root "$work/state" "${driver[@]}" "$@"
    else timeout 60 "$RUNTIME" --root "$work/state" "${driver[@]}" "$@"; fi; }
  refused "$text"
  grep DELAYED "$bundle/trace"
  edit 'del(.linux.resources) | .annotations={"org.systemd.property.MemoryMax":"uint64 4096","org.systemd.property.MemorySwapMax":"uint64 0"}'
  refused "$text"
  no_units
}
