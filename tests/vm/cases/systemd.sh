# systemd makes the container's cgroup, and forgets it with the container; as root and as an ordinary user with a manager of their own.

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
  # systemd rounds a quota; the file has it exactly.
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

scenario "systemd: the program is in the scope from its first moment, and the scope ends with it" run_in_scope
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

scenario "systemd: without a bus systemd is asked directly, and without either the reason is named" without_bus
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

scenario "systemd: what a killed lade leaves is removed, the unit too" killed_creator
killed_creator() {
  in_scope '' /system.slice
  # A hook that stays keeps the creator between the unit and its end.
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

scenario "systemd: no unit, cgroup or directory is left after many containers of one name" cycles
cycles() {
  in_scope '' /system.slice
  local i
  for i in $(seq "${LADE_VM_CYCLES:-20}"); do
    create || return
    rt delete --force "$id" || return
  done
  gone && no_units
}

scenario "systemd: an ordinary user's manager makes the scope, with the controllers that it has" user_scope
user_scope() {
  only systemd
  id tester >/dev/null 2>&1 || skip "the image has no ordinary user"
  loginctl enable-linger tester
  eventually test -S /run/user/1000/bus
  chmod 777 "$bundle" "$work"
  edit '.linux.namespaces += [{"type":"user"}] | .linux.uidMappings=[{"containerID":0,"hostID":1000,"size":1}] | .linux.gidMappings=.linux.uidMappings
    | .linux.cgroupsPath="user.slice:lade:"+$id | .mounts=[.mounts[] | select(.type=="proc")] | del(.process.capabilities)
    | .linux.resources={"memory":{"limit":67108864},"cpu":{"quota":20000,"period":100000},"pids":{"limit":30}}' --arg id "$id"
  unit=lade-$id.scope dir=$cgroup2/user.slice/user-1000.slice/user@1000.service/user.slice/$unit
  local code=0
  as_tester "create --bundle $bundle $id" || code=$?
  equals "$code" 0
  all_hold memory.max=67108864 'cpu.max=20000 100000' pids.max=30
  as_tester "start $id"
  contains "$(as_tester "exec $id cat /proc/self/cgroup")" "/$unit"
  as_tester "delete --force $id"
  [ ! -d "$dir" ] || { echo "$dir is left"; return 1; }
  edit '.linux.resources={"cpu":{"cpus":"0"}}'
  local said
  said=$(as_tester "create --bundle $bundle $id" 2>&1) && return 1
  contains "$said" "/linux/resources/cpu/cpus: write '0' to"
}

as_tester() {
  su tester -s /bin/bash -c "XDG_RUNTIME_DIR=/run/user/1000 timeout 60 $RUNTIME --systemd-cgroup $1" </dev/null
}

# in_scope CGROUPSPATH SLICE: the runtime leaves the cgroup to systemd.
in_scope() {
  only systemd
  rt() { timeout 60 "$RUNTIME" --root "$work/state" --systemd-cgroup "$@"; }
  driver=(--systemd-cgroup)
  unit=lade-$id.scope dir=$cgroup2$2/lade-$id.scope
  local text path=${1:+"\"cgroupsPath\": \"$1\", "}
  text=$(<"$config")
  printf '%s' "${text/"\"cgroupsPath\": \"$cgroup\", "/"$path"}" >"$config"
}

# shows PROPERTY=VALUE...: of the unit.
shows() {
  local pair all
  all=$(systemctl show "$unit")
  for pair in "$@"; do grep -qxF -- "$pair" <<<"$all" || { echo "expected $pair, got $(grep "^${pair%%=*}=" <<<"$all")"; return 1; }; done
}

no_units() { equals "$(systemctl list-units --all --plain --no-legend 'lade-case-*')" ''; }
