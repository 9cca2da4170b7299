# config-linux.md: linux.resources. Each setting is read back from the cgroup, v1 or v2 as on this machine; what a version does not have must be
# refused, not dropped.

memory_limits() {
  limited '.memory = { limit: 67108864, reservation: 33554432 }'
  check LIN-MEM-001 limit_is memory/memory.limit_in_bytes 67108864 memory.max 67108864
  check LIN-MEM-002 limit_is memory/memory.limit_in_bytes 67108864 memory.max 67108864
  check LIN-MEM-003 limit_is memory/memory.soft_limit_in_bytes 33554432 memory.low 33554432
  limited '.memory = { limit: -1 }'
  check LIN-MEM-001 limit_is memory/memory.limit_in_bytes 9223372036854771712 memory.max max
  # Exceeding the limit kills the program.
  again
  edit '.linux.resources.memory = { limit: 33554432 }'
  can_limit memory/memory.memsw.limit_in_bytes memory.swap.max && edit '.linux.resources.memory.swap = 33554432'
  program 'dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null; echo "status $?"; dd if=/dev/zero of=/dev/null bs=8M count=1 2>/dev/null; echo "status $?"'
  run >"$scratch/said" || true
  check LIN-MEM-002 equals "$(tr '\n' ' ' <"$scratch/said")" "status 137 status 0 "
}
scenario "$(ids LIN-MEM 1 3)" memory_limits "memory: limit and reservation"

memory_and_swap() {
  can_limit memory/memory.memsw.limit_in_bytes memory.swap.max || skip "the kernel does not account swap"
  limited '.memory = { limit: 67108864, swap: 100663296 }'
  limit_is memory/memory.memsw.limit_in_bytes 100663296 memory.swap.max 33554432
  limited '.memory = { limit: 67108864, swap: 67108864 }'
  limit_is memory/memory.memsw.limit_in_bytes 67108864 memory.swap.max 0
  limited '.memory = { limit: 67108864, swap: -1 }'
  limit_is memory/memory.memsw.limit_in_bytes 9223372036854771712 memory.swap.max max
  refused_with '.linux.resources.memory = { limit: 67108864, swap: 33554432 }'
}
scenario LIN-MEM-004 memory_and_swap "memory and swap together, never less than memory"

# warned_or_refused WORD EDIT FILE VALUE: a deprecated setting is refused, written, or named in a warning.
warned_or_refused() {
  again
  edit ".linux.resources |= (. // {} | $2)"
  program 'sleep 100'
  write_config
  rt --log "$scratch/log" create --bundle "$bundle" "$id" </dev/null 2>"$scratch/errors" || { cat "$scratch/errors"; gone; return; }
  cat "$scratch/errors" "$scratch/log"
  if [ "$(cat "$3" 2>/dev/null)" != "$4" ]; then grep -qi "$1" "$scratch/log" "$scratch/errors"; fi
}
kernel_memory() {
  ground
  check LIN-MEM-005 warned_or_refused kernel '.memory.kernel = 33554432' "$(limit_file memory/memory.kmem.limit_in_bytes -)" 33554432
  check LIN-MEM-006 warned_or_refused kernel '.memory.kernelTCP = 16777216' "$(limit_file memory/memory.kmem.tcp.limit_in_bytes -)" 16777216
}
scenario "LIN-MEM-005 LIN-MEM-006" kernel_memory "kernel memory: refused, written, or ignored with a warning"

# version_1_only ID V1FILE VALUE EDIT: written on v1; v2 has no equivalent, so it is an error there (LIN-UNI-005).
version_1_only() {
  if unified; then
    rejects "$1" ".linux.resources |= (. // {} | $4)"
    rejects LIN-UNI-005 ".linux.resources |= (. // {} | $4)"
  else
    limited "$4"
    check "$1" limit_is "$2" "$3" - -
  fi
}
memory_of_version_1() {
  unified || skip_statement LIN-UNI-005 "the host has cgroup v1"
  version_1_only LIN-MEM-007 memory/memory.swappiness 17 '.memory.swappiness = 17'
  rejects LIN-MEM-007 '.linux.resources.memory.swappiness = 101'
  unified || {
    limited '.memory.disableOOMKiller = true'
    check LIN-MEM-008 grep -qx 'oom_kill_disable 1' "$(limit_file memory/memory.oom_control -)"
    limited '.memory = { limit: 67108864, disableOOMKiller: false }'
    check LIN-MEM-008 grep -qx 'oom_kill_disable 0' "$(limit_file memory/memory.oom_control -)"
  }
  unified && version_1_only LIN-MEM-008 - - '.memory.disableOOMKiller = true'
  if unified; then accepts LIN-MEM-009 '.linux.resources.memory.useHierarchy = true'; rejects LIN-MEM-009 '.linux.resources.memory.useHierarchy = false'
  else limited '.memory.useHierarchy = true'; check LIN-MEM-009 limit_is memory/memory.use_hierarchy 1 - -; fi
}
scenario "$(ids LIN-MEM 7 9) LIN-UNI-005" memory_of_version_1 "swappiness, the OOM killer and hierarchical accounting of cgroup v1"

limit_below_usage() {
  # 1.5 MB on a tmpfs stay in use.
  edit '.linux.resources.memory = { limit: 67108864 } | .mounts += [{ destination: "/tmp", type: "tmpfs", source: "tmpfs" }]'
  program 'dd if=/dev/zero of=/tmp/file bs=1M count=16 2>/dev/null; echo ready; sleep 100'
  write_config
  create >"$scratch/said"
  start
  eventually grep -q ready "$scratch/said"
  # With swap the kernel can always reclaim.
  printf '{"memory":{"limit":8388608,"checkBeforeUpdate":true}}' >"$scratch/update"
  check LIN-MEM-010 refused rt update --resources "$scratch/update" "$id"
  check LIN-MEM-011 limit_is memory/memory.limit_in_bytes 67108864 memory.max 67108864
  check LIN-MEM-011 is_status running
  printf '{"memory":{"limit":50331648,"checkBeforeUpdate":true}}' >"$scratch/update"
  check LIN-MEM-010 rt update --resources "$scratch/update" "$id"
  check LIN-MEM-010 limit_is memory/memory.limit_in_bytes 50331648 memory.max 50331648
}
scenario "LIN-MEM-010 LIN-MEM-011" limit_below_usage "checkBeforeUpdate: a new limit below what is used is refused"

processor_time() {
  limited '.cpu = { quota: 50000, period: 200000, shares: 2048 }'
  check LIN-CPU-001 limit_is cpu/cpu.cfs_quota_us 50000 cpu.max "50000 200000"
  check LIN-CPU-003 limit_is cpu/cpu.cfs_quota_us 50000 cpu.max "50000 200000"
  check LIN-CPU-005 limit_is cpu/cpu.cfs_period_us 200000 cpu.max "50000 200000"
  if unified; then
    # The conversion from shares to weight is the runtime's choice, except for the order and the end points.
    local weight last=0 shares
    for shares in 2 512 1024 2048 262144; do
      limited ".cpu.shares = $shares"
      weight=$(cat "$(limit_file - cpu.weight)")
      echo "$shares shares: $weight"
      check LIN-CPU-002 test "$weight" -gt $last
      last=$weight
    done
    check LIN-CPU-002 equals $last 10000
  else
    check LIN-CPU-002 limit_is cpu/cpu.shares 2048 - -
    limited '.cpu.shares = 512'
    check LIN-CPU-002 limit_is cpu/cpu.shares 512 - -
  fi
  limited '.cpu.quota = -1'
  check LIN-CPU-003 limit_is cpu/cpu.cfs_quota_us -1 cpu.max "max 100000"
  limited '.cpu.quota = 30000'
  check LIN-CPU-003 limit_is cpu/cpu.cfs_quota_us 30000 cpu.max "30000 100000"
  check LIN-CPU-005 limit_is cpu/cpu.cfs_period_us 100000 cpu.max "30000 100000"
}
scenario "$(ids LIN-CPU 1 3) LIN-CPU-005" processor_time "cpu: shares, quota and period"

processor_bursts() {
  can_limit cpu/cpu.cfs_burst_us cpu.max.burst || skip "the kernel has no CPU burst"
  limited '.cpu = { quota: 50000, period: 100000, burst: 20000 }'
  check LIN-CPU-004 limit_is cpu/cpu.cfs_burst_us 20000 cpu.max.burst 20000
  limited '.cpu = { quota: 50000, burst: 50000 }'
  check "LIN-CPU-012" limit_is cpu/cpu.cfs_burst_us 50000 cpu.max.burst 50000
  check "LIN-CPU-011" limit_is cpu/cpu.cfs_quota_us 50000 cpu.max "50000 100000"
  rejects LIN-CPU-011 '.linux.resources.cpu = { quota: 50000, burst: 50001 }'
  rejects LIN-CPU-012 '.linux.resources.cpu = { quota: 50000, period: 100000, burst: 60000 }'
}
scenario "LIN-CPU-004 LIN-CPU-011 LIN-CPU-012" processor_bursts "cpu: bursts, at most the quota"

idle_group() {
  can_limit cpu/cpu.idle cpu.idle || skip "the kernel has no cpu.idle"
  limited '.cpu.idle = 1'
  limit_is cpu/cpu.idle 1 cpu.idle 1
  limited '.cpu.idle = 0'
  limit_is cpu/cpu.idle 0 cpu.idle 0
  refused_with '.linux.resources.cpu.idle = 2'
}
scenario LIN-CPU-010 idle_group "cpu: idle groups"

real_time_groups() {
  if unified; then
    rejects LIN-CPU-006 '.linux.resources.cpu = { realtimeRuntime: 10000 }'
    rejects LIN-CPU-007 '.linux.resources.cpu = { realtimePeriod: 500000 }'
    return
  fi
  local cpu=/sys/fs/cgroup/cpu
  [ -e $cpu/cpu.rt_runtime_us ] || skip "the kernel has no real-time group scheduling"
  # A group cannot have more than its parent, whose share is the same in all scenarios. The child keeps the parent from being removed.
  mkdir -p "$cpu$cgroup"
  echo 40000 >"$cpu${cgroup%/*}/cpu.rt_runtime_us"
  limited '.cpu = { realtimeRuntime: 10000, realtimePeriod: 500000 }'
  check LIN-CPU-006 limit_is cpu/cpu.rt_runtime_us 10000 - -
  check LIN-CPU-007 limit_is cpu/cpu.rt_period_us 500000 - -
}
scenario "LIN-CPU-006 LIN-CPU-007" real_time_groups "cpu: real-time runtime and period of cgroup v1"

processors_and_nodes() {
  limited '.cpu = { cpus: "0", mems: "0" }'
  check LIN-CPU-008 limit_is cpuset/cpuset.cpus 0 cpuset.cpus 0
  check LIN-CPU-009 limit_is cpuset/cpuset.mems 0 cpuset.mems 0
  check LIN-CPU-008 grep -qx "Cpus_allowed_list:	0" "/proc/$(pid)/status"
  check LIN-CPU-009 grep -qx "Mems_allowed_list:	0" "/proc/$(pid)/status"
  local last=$(($(nproc --all) - 1))
  if [ $last -gt 0 ]; then
    limited ".cpu.cpus = \"0-$last\""
    check LIN-CPU-008 limit_is cpuset/cpuset.cpus "0-$last" cpuset.cpus "0-$last"
  fi
  rejects LIN-CPU-008 '.linux.resources.cpu.cpus = "0-"'
  rejects LIN-CPU-008 '.linux.resources.cpu.cpus = "first"'
  rejects LIN-CPU-008 '.linux.resources.cpu.cpus = "8000"'
  rejects LIN-CPU-009 '.linux.resources.cpu.mems = "x"'
  rejects LIN-CPU-009 '.linux.resources.cpu.mems = "900"'
}
scenario "LIN-CPU-008 LIN-CPU-009" processors_and_nodes "cpu: lists of processors and memory nodes"

block_weight() {
  if unified; then
    if can_limit - io.bfq.weight; then limited '.blockIO.weight = 400'; check LIN-BLK-002 equals "$(sed -n 's/^default //p' "$(limit_file - io.bfq.weight)")" 400
    elif can_limit - io.weight; then limited '.blockIO.weight = 400'; check LIN-BLK-002 differs "$(sed -n 's/^default //p' "$(limit_file - io.weight)")" 100
    else skip "the kernel has no weights of block devices"; fi
  else
    can_limit blkio/blkio.bfq.weight - || can_limit blkio/blkio.weight - || skip "the kernel has no weights of block devices"
    limited '.blockIO.weight = 400'
    check LIN-BLK-002 equals "$(cat "$(limit_file blkio/blkio.bfq.weight -)" 2>/dev/null || cat "$(limit_file blkio/blkio.weight -)")" 400
  fi
  rejects LIN-BLK-002 '.linux.resources.blockIO.weight = 9'
  rejects LIN-BLK-002 '.linux.resources.blockIO.weight = 1001'
}
scenario LIN-BLK-002 block_weight "blockIO: the weight"

# Leaf weights exist only before Linux 5.0.
leaf_weight() {
  if can_limit blkio/blkio.leaf_weight -; then
    limited '.blockIO.leafWeight = 400'
    check LIN-BLK-003 limit_is blkio/blkio.leaf_weight 400 - -
  else rejects LIN-BLK-003 '.linux.resources.blockIO.leafWeight = 400'; fi
}
scenario LIN-BLK-003 leaf_weight "blockIO: the leaf weight, an error where the kernel has none"

# block_device: "MAJOR:MINOR" of a whole disk. scheduled_device: of one that BFQ schedules.
block_device() { cat /sys/block/[!lzr]*/dev 2>/dev/null | head -n 1; }
scheduled_device() {
  local queue
  for queue in /sys/block/*/queue/scheduler; do
    ! grep -q '\[bfq\]' "$queue" || { cat "${queue%/queue/scheduler}/dev"; return; }
  done
}
# with_device NAME ENTRY: an edit that sets a blockIO list to one entry for $device.
with_device() { echo ".blockIO.$1 = [{ major: ${device%:*}, minor: ${device#*:}, $2 }]"; }
device_weights() {
  local device
  device=$(scheduled_device)
  if [ -n "$device" ]; then
    limited "$(with_device weightDevice 'weight: 300')"
    for id_of_row in LIN-BLK-004 LIN-BLK-006; do
      if unified; then check $id_of_row grep -qx "$device 300" "$(limit_file - io.bfq.weight)"
      else check $id_of_row grep -qx "$device 300" "$(limit_file blkio/blkio.bfq.weight_device -)"; fi
    done
  else
    skip_statement LIN-BLK-004 "no disk here is scheduled by BFQ"
    skip_statement LIN-BLK-006 "no disk here is scheduled by BFQ"
  fi
  device=$(block_device)
  [ -n "$device" ] || device=8:0
  if can_limit blkio/blkio.leaf_weight_device -; then
    limited "$(with_device weightDevice 'leafWeight: 300')"
    check LIN-BLK-007 grep -qx "$device 300" "$(limit_file blkio/blkio.leaf_weight_device -)"
  else rejects LIN-BLK-007 ".linux.resources |= (. // {} | $(with_device weightDevice 'leafWeight: 300'))"; fi
  rejects LIN-BLK-008 ".linux.resources |= (. // {} | .blockIO.weightDevice = [{ major: ${device%:*}, minor: ${device#*:} }])"
}
scenario "LIN-BLK-004 $(ids LIN-BLK 6 8)" device_weights "blockIO: weights of single devices"

# rate_is V1 V2KEY RATE: for the device.
rate_is() {
  if unified; then cat "$(limit_file - io.max)"; grep "^$device " "$(limit_file - io.max)" | grep -q " $2=$3\b"
  else limit_is "blkio/blkio.throttle.$1" "$device $3" - -; fi
}
throttled_devices() {
  local device list
  device=$(block_device)
  [ -n "$device" ] || skip "the machine has no disk"
  can_limit blkio/blkio.throttle.read_bps_device io.max || skip "the kernel cannot throttle block devices"
  limited "$(with_device throttleReadBpsDevice 'rate: 1048576') | $(with_device throttleWriteBpsDevice 'rate: 2097152') |
    $(with_device throttleReadIOPSDevice 'rate: 300') | $(with_device throttleWriteIOPSDevice 'rate: 400')"
  for list in LIN-BLK-001 LIN-BLK-009; do
    check $list rate_is read_bps_device rbps 1048576
    check $list rate_is write_bps_device wbps 2097152
  done
  check LIN-BLK-011 rate_is read_iops_device riops 300
  check LIN-BLK-011 rate_is write_iops_device wiops 400
  for list in throttleReadBpsDevice throttleWriteBpsDevice throttleReadIOPSDevice throttleWriteIOPSDevice; do
    rejects LIN-BLK-005 ".linux.resources.blockIO.$list = [{ major: ${device%:*}, rate: 1000 }]"
    rejects LIN-BLK-005 ".linux.resources.blockIO.$list = [{ minor: ${device#*:}, rate: 1000 }]"
    case $list in *Bps*) statement=LIN-BLK-010 ;; *) statement=LIN-BLK-012 ;; esac
    rejects $statement ".linux.resources |= (. // {} | $(with_device $list 'x: 1' | sed 's/, x: 1//'))"
  done
  rejects LIN-BLK-005 ".linux.resources.blockIO.weightDevice = [{ major: ${device%:*}, weight: 300 }]"
}
scenario "LIN-BLK-001 LIN-BLK-005 $(ids LIN-BLK 9 12)" throttled_devices "blockIO: rates of single devices"

huge_pages() {
  if can_limit hugetlb/hugetlb.2MB.limit_in_bytes hugetlb.2MB.max; then
    limited '.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
    check LIN-HUGE-002 limit_is hugetlb/hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
    check LIN-HUGE-003 limit_is hugetlb/hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304
    # Reservations are limited where the kernel supports that.
    if can_limit hugetlb/hugetlb.2MB.rsvd.limit_in_bytes hugetlb.2MB.rsvd.max; then
      check LIN-HUGE-001 limit_is hugetlb/hugetlb.2MB.rsvd.limit_in_bytes 4194304 hugetlb.2MB.rsvd.max 4194304
    else check LIN-HUGE-001 limit_is hugetlb/hugetlb.2MB.limit_in_bytes 4194304 hugetlb.2MB.max 4194304; fi
  else skip_statement LIN-HUGE-001 "no hierarchy of cgroups has the controller hugetlb"; fi
  local valid='.linux.resources.hugepageLimits = [{ pageSize: "2MB", limit: 4194304 }]'
  rejects_beside LIN-HUGE-002 "$valid" '.linux.resources.hugepageLimits = [{ pageSize: "2mB", limit: 4194304 }]'
  rejects_beside LIN-HUGE-002 "$valid" '.linux.resources.hugepageLimits = [{ limit: 4194304 }]'
  rejects_beside LIN-HUGE-003 "$valid" '.linux.resources.hugepageLimits = [{ pageSize: "2MB" }]'
  rejects LIN-HUGE-002 '.linux.resources.hugepageLimits = [{ pageSize: "3MB", limit: 4194304 }]'
}
scenario "$(ids LIN-HUGE 1 3)" huge_pages "limits of huge pages"

network_classes() {
  if unified; then
    check LIN-NETCG-001 refused_with '.linux.resources.network = { classID: 1048577 }'
    check LIN-NETCG-002 refused_with '.linux.resources.network = { classID: 1048577 }'
    check LIN-NETCG-003 refused_with '.linux.resources.network = { priorities: [{ name: "lo", priority: 5 }] }'
  else
    if can_limit net_cls/net_cls.classid -; then
      limited '.network.classID = 1048577'
      check LIN-NETCG-002 limit_is net_cls/net_cls.classid 1048577 - -
      check LIN-NETCG-001 limit_is net_cls/net_cls.classid 1048577 - -
    else
      # What cannot be applied is an error, not ignored.
      rejects LIN-NETCG-001 '.linux.resources.network.classID = 1048577'
      skip_statement LIN-NETCG-002 "no hierarchy of cgroups has the controller net_cls"
    fi
    if can_limit net_prio/net_prio.ifpriomap -; then
      limited '.network.priorities = [{ name: "lo", priority: 5 }]'
      check LIN-NETCG-003 grep -qx 'lo 5' "$(limit_file net_prio/net_prio.ifpriomap -)"
      check LIN-NETCG-001 grep -qx 'lo 5' "$(limit_file net_prio/net_prio.ifpriomap -)"
    else
      rejects LIN-NETCG-001 '.linux.resources.network.priorities = [{ name: "lo", priority: 5 }]'
      skip_statement LIN-NETCG-003 "no hierarchy of cgroups has the controller net_prio"
    fi
  fi
  local valid='.linux.resources.network.priorities = [{ name: "lo", priority: 5 }]'
  rejects_beside LIN-NETCG-004 "$valid" '.linux.resources.network.priorities = [{ priority: 5 }]'
  rejects_beside LIN-NETCG-005 "$valid" '.linux.resources.network.priorities = [{ name: "lo" }]'
}
scenario "$(ids LIN-NETCG 1 5)" network_classes "classes and priorities of cgroup v1"

task_limits() {
  limited '.pids.limit = 33'
  check LIN-PIDS-001 limit_is pids/pids.max 33 pids.max 33
  # It counts the cgroup's processes, and is enforced.
  again
  edit '.linux.resources.pids.limit = 3'
  program 'sleep 1 & sleep 1 & sleep 1 & sleep 1 & wait'
  check LIN-PIDS-001 refused_run
  limited '.pids.limit = -1'
  check LIN-PIDS-001 limit_is pids/pids.max max pids.max max
  limited '.pids.limit = 0'
  check LIN-PIDS-003 limit_is pids/pids.max 0 pids.max 0
}
scenario "LIN-PIDS-001 LIN-PIDS-003" task_limits "the number of tasks; 0 is a value"

rdma_limits() {
  local device valid='.linux.resources.rdma = { mlx5_0: { hcaHandles: 3, hcaObjects: 10000 } }'
  device=$(ls /sys/class/infiniband 2>/dev/null | head -n 1)
  if [ -n "$device" ] && can_limit rdma/rdma.max rdma.max; then
    valid=".linux.resources.rdma = { \"$device\": { hcaHandles: 3, hcaObjects: 10000 } }"
    limited ".rdma = { \"$device\": { hcaHandles: 3, hcaObjects: 10000 } }"
    check LIN-RDMA-001 grep -qx "$device hca_handle=3 hca_object=10000" "$(limit_file rdma/rdma.max rdma.max)"
    limited ".rdma = { \"$device\": { hcaHandles: 3 } }"
    check LIN-RDMA-002 grep -qx "$device hca_handle=3 hca_object=max" "$(limit_file rdma/rdma.max rdma.max)"
    limited ".rdma = { \"$device\": { hcaObjects: 4 } }"
    check LIN-RDMA-003 grep -qx "$device hca_handle=max hca_object=4" "$(limit_file rdma/rdma.max rdma.max)"
  else
    # What cannot be applied is an error, not ignored.
    rejects LIN-RDMA-001 "$valid"
    rejects_beside LIN-RDMA-002 "$valid" '.linux.resources.rdma = { mlx5_0: { hcaHandles: -1 } }'
    rejects_beside LIN-RDMA-003 "$valid" '.linux.resources.rdma = { mlx5_0: { hcaObjects: "many" } }'
  fi
  rejects_beside LIN-RDMA-004 "$valid" '.linux.resources.rdma = { mlx5_0: {} }'
}
scenario "$(ids LIN-RDMA 1 4)" rdma_limits "limits of RDMA devices"

unified_map() {
  if ! unified; then
    # cgroup v2 only.
    rejects LIN-UNI-001 '.linux.resources.unified = { "memory.high": "1000000" }'
    local statement
    for statement in 002 003 004; do skip_statement LIN-UNI-$statement "the host has cgroup v1"; done
    return
  fi
  limited '.unified = { "memory.high": "50331648", "pids.max": "77", "cpu.max": "20000 50000", "cgroup.max.depth": "3" }'
  check LIN-UNI-001 limit_is - - memory.high 50331648
  check LIN-UNI-002 limit_is - - pids.max 77
  check LIN-UNI-002 limit_is - - cpu.max "20000 50000"
  check LIN-UNI-003 limit_is - - cgroup.max.depth 3
  rejects LIN-UNI-003 '.linux.resources.unified = { "../pids.max": "77" }'
  rejects LIN-UNI-004 '.linux.resources.unified = { "nosuch.max": "1" }'
  rejects LIN-UNI-004 '.linux.resources.unified = { "memory.nosuch": "1" }'
}
scenario "$(ids LIN-UNI 1 4)" unified_map "files of cgroup v2 by their names"
