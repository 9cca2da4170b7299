# Controllers on cgroup v1 as systemd mounts them, alone or (hybrid) with an empty tree of v2 beside them; made by lade itself and by systemd.

# by cgroupfs|systemd: what makes the container's cgroups; $path is their place.
by() {
  path=$cgroup dir=/sys/fs/cgroup/memory$path
  [ "$1" = systemd ] || return 0
  in_scope '' /system.slice
  path=/system.slice/$unit dir=/sys/fs/cgroup/memory$path
}

# stand FILE=VALUE...: checks each file in the hierarchy of its controller.
stand() {
  local pair file
  for pair in "$@"; do
    file=${pair%%=*}
    equals "$file=$(<"/sys/fs/cgroup/${file%%.*}$path/$file")" "$pair" || return
  done
}

number_in() { awk -v key="$2" '$1 == key { print $2 }' "/sys/fs/cgroup/${1%%.*}$path/$1"; }
more_than() { [ "$(number_in "$1" "$2")" -gt "$3" ]; }

# nowhere: nothing of the container is left in any hierarchy.
nowhere() {
  ! rt state "$id" >/dev/null 2>&1 || { echo "$id is still known"; return 1; }
  [ ! -e "$work/state/$id" ] || { echo "its directory is left"; return 1; }
  equals "$(find /sys/fs/cgroup -type d -path "*$path*")" ''
  [ ${#driver[@]} = 0 ] || no_units
}

# in_all PID: a process is in the container's cgroup of every hierarchy.
in_all() {
  local line
  # The v2 tree has no controllers: only systemd uses it.
  grep -v '^0::' "/proc/$1/cgroup" | while IFS= read -r line; do equals "$line" "${line%%:/*}:$path" || return; done
}

scenario "v1: the machine has the requested hierarchies" is_of_v1
is_of_v1() {
  equals "$(stat -f -c %T /sys/fs/cgroup)" tmpfs
  if [ "$cgroups" = hybrid ]; then equals "$(stat -f -c %T /sys/fs/cgroup/unified)" cgroup2fs; else [ ! -e /sys/fs/cgroup/unified ]; fi
}

for who in cgroupfs systemd; do
  scenario "v1: $who: every limit is in its file" limits_stand $who
  scenario "v1: $who: create, start, exec, update, pause, statistics, kill and delete" whole_life $who
  scenario "v1: $who: a failed update is rolled back" taken_back $who
  scenario "v1: $who: process, memory and CPU limits are enforced" are_enforced $who
  scenario "v1: $who: devices are denied, by exec too" denies_devices $who
  scenario "v1: $who: disk rates are enforced" slows_disks $who
  scenario "v1: $who: an OOM-killed init is reported as such" kills_init $who
  scenario "v1: $who: nothing is left of many containers of one name" leave_nothing $who
done

limits_stand() {
  by $1
  local number; number=$(</sys/block/vda/dev)
  resources '{"memory":{"limit":67108864,"reservation":33554432,"swap":134217728,"swappiness":10},"cpu":{"shares":512,"quota":20000,"period":50000,"cpus":"0","mems":"0"},
    "pids":{"limit":20},"hugepageLimits":[{"pageSize":"2MB","limit":4194304}],"network":{"classID":1048577,"priorities":[{"name":"lo","priority":3}]},
    "blockIO":{"throttleReadBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":1000000}],
      "throttleWriteIOPSDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":400}]}}'
  create
  stand memory.limit_in_bytes=67108864 memory.soft_limit_in_bytes=33554432 memory.memsw.limit_in_bytes=134217728 memory.swappiness=10 cpu.shares=512 \
    cpu.cfs_quota_us=20000 cpu.cfs_period_us=50000 cpuset.cpus=0 cpuset.mems=0 pids.max=20 hugetlb.2MB.limit_in_bytes=4194304 net_cls.classid=1048577 \
    "blkio.throttle.read_bps_device=$number 1000000" "blkio.throttle.write_iops_device=$number 400"
  contains "$(<"/sys/fs/cgroup/net_prio$path/net_prio.ifpriomap")" 'lo 3'
  in_all "$(pid)"
  if [ $1 = systemd ]; then
    shows MemoryLimit=67108864 CPUShares=512 CPUQuotaPerSecUSec=400ms TasksMax=20 Delegate=yes "BlockIOReadBandwidth=/dev/block/$number 1000000"
    systemctl daemon-reload
    stand memory.limit_in_bytes=67108864 cpu.shares=512 cpu.cfs_quota_us=20000 pids.max=20 "blkio.throttle.read_bps_device=$number 1000000"
  fi
  rt delete --force "$id"
  nowhere
}

whole_life() {
  by $1
  resources '{"memory":{"limit":67108864},"cpu":{"shares":512},"pids":{"limit":20}}'
  create
  is_status created
  rt start "$id"
  is_status running
  rt exec --detach --pid-file "$bundle/second" "$id" /bin/sleep 999 </dev/null
  in_all "$(<"$bundle/second")"
  equals "$(wc -l <"$dir/cgroup.procs")" 2
  rt update --memory 134217728 --pids-limit 9 --cpu-share 1024 --cpu-quota 30000 "$id"
  stand memory.limit_in_bytes=134217728 pids.max=9 cpu.shares=1024 cpu.cfs_quota_us=30000
  [ $1 = cgroupfs ] || shows MemoryLimit=134217728 TasksMax=9 CPUShares=1024 CPUQuotaPerSecUSec=300ms
  rt pause "$id"
  stand freezer.state=FROZEN
  is_status paused
  rt resume "$id"
  stand freezer.state=THAWED
  equals "$(rt events --stats "$id" | jq -c '[.data.memory.usage.limit, .data.pids.limit, .data.pids.current, (.data.cpu.usage.total > 0)]')" '[134217728,9,2,true]'
  rt kill "$id" KILL
  eventually is_status stopped
  rt delete "$id"
  nowhere
}

taken_back() {
  by $1
  resources '{"memory":{"limit":67108864},"cpu":{"shares":512,"quota":33333,"period":100000},"pids":{"limit":20}}'
  start
  local said code=0
  said=$(echo '{"memory":{"limit":134217728},"cpu":{"shares":1024,"quota":50000,"cpus":"7"},"pids":{"limit":9}}' | rt update --resources - "$id" 2>&1) || code=$?
  echo "$said"
  equals $code 1
  contains "$said" "/cpu/cpus: write '7' to /sys/fs/cgroup/cpuset$path/cpuset.cpus"
  [[ $said != *"while undoing"* ]]
  stand memory.limit_in_bytes=67108864 cpu.shares=512 cpu.cfs_quota_us=33333 pids.max=20
  [ $1 = cgroupfs ] || shows MemoryLimit=67108864 CPUShares=512 CPUQuotaPerSecUSec=340ms TasksMax=20
}

are_enforced() {
  by $1
  resources '{"memory":{"limit":16777216,"swap":16777216},"pids":{"limit":20},"cpu":{"quota":10000,"period":100000}}'
  program 'bomb() { bomb | bomb & }; bomb 2>/dev/null; while :; do :; done'
  start
  eventually more_than pids.events max 0
  [ "$(<"/sys/fs/cgroup/pids$path/pids.current")" -le 20 ]
  eventually more_than cpu.stat nr_throttled 2
  rt delete --force "$id"
  edit '.process.args=["/bin/dd","if=/dev/zero","of=/dev/null","bs=64M","count=1"] | del(.linux.resources.cpu)'
  local code=0
  run || code=$?
  equals $code 137
  nowhere
}

denies_devices() {
  by $1
  resources '{"devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}'
  program 'mknod /dev/kmsg c 1 11; mknod /dev/disk b 254 0; touch /tmp/made; sleep 1000'
  start
  eventually test -e "/proc/$(pid)/root/tmp/made"
  # A new unit makes systemd look at all of them.
  [ $1 = cgroupfs ] || systemctl daemon-reload
  equals "$(rt exec "$id" /bin/sh -c 'true </dev/kmsg && echo read; true >/dev/kmsg' 2>&1 </dev/null | tail -n 2)" \
    $'read\n/bin/sh: can\'t create /dev/kmsg: Operation not permitted'
  contains "$(rt exec "$id" /bin/cat /dev/disk 2>&1 </dev/null)" "can't open '/dev/disk': Operation not permitted"
}

slows_disks() {
  by $1
  local number; number=$(</sys/block/vda/dev)
  mount_also '{ "destination": "/scratch", "type": "bind", "source": "/run/lade/scratch", "options": ["bind"] }'
  resources '{"blockIO":{"throttleWriteBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":2097152}]}}'
  # v1 counts only I/O that bypasses the cache.
  program 'dd if=/dev/zero of=/scratch/file bs=1M count=6 oflag=direct 2>/dev/null'
  local started=$EPOCHREALTIME took
  run
  took=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
  rm -f /run/lade/scratch/file
  echo "6 MiB at 2 MiB/s took $took ms"
  [ $took -ge 2000 ]
}

kills_init() {
  by $1
  resources '{"memory":{"limit":4096,"swap":4096}}'
  refused "container init was OOM-killed (memory limit too low?)"
  nowhere
}

leave_nothing() { by $1; cycle; nowhere; }
