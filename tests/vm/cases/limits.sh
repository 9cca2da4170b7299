# Every setting of linux.resources that cgroup v2 has is in its file, and what v2 does not have is refused.

# limits TEXT RESOURCES FILE=VALUE...
limits() { local text=$1; shift; scenario "limits: $text" stand "$(printf '%q ' "$@")"; }
stand() { resources "$1"; create; all_hold "${@:2}"; }

limits "memory, swap alone, reservation" '{"memory":{"limit":67108864,"swap":134217728,"reservation":33554432}}' \
  memory.max=67108864 memory.swap.max=67108864 memory.low=33554432
limits "memory without swap" '{"memory":{"limit":67108864,"swap":67108864}}' memory.max=67108864 memory.swap.max=0
limits "memory with any swap" '{"memory":{"limit":67108864,"swap":-1}}' memory.max=67108864 memory.swap.max=max
limits "no limit of memory" '{"memory":{"limit":-1,"reservation":-1}}' memory.max=max memory.swap.max=max memory.low=max
limits "0 is not given, as engines write it" '{"memory":{"limit":0,"swap":0,"reservation":0},"cpu":{"shares":0,"quota":0,"period":0},"blockIO":{"weight":0}}' \
  memory.max=max memory.low=0 cpu.weight=100 'cpu.max=max 100000'
limits "quota, period, burst and weight" '{"cpu":{"shares":512,"quota":20000,"period":50000,"burst":10000}}' \
  cpu.weight=59 'cpu.max=20000 50000' cpu.max.burst=10000
limits "quota alone, and burst up to it" '{"cpu":{"quota":20000,"burst":20000}}' 'cpu.max=20000 100000' cpu.max.burst=20000
limits "period alone" '{"cpu":{"period":50000}}' 'cpu.max=max 50000'
limits "no quota" '{"cpu":{"quota":-1,"shares":262144}}' 'cpu.max=max 100000' cpu.weight=10000
limits "idle, which has no weight" '{"cpu":{"idle":1,"shares":512}}' cpu.idle=1
limits "processors and memory nodes" '{"cpu":{"cpus":"0","mems":"0"}}' cpuset.cpus=0 cpuset.cpus.effective=0 cpuset.mems=0
limits "processes" '{"pids":{"limit":20}}' pids.max=20
limits "no processes beside the first" '{"pids":{"limit":0}}' pids.max=0
limits "any number of processes" '{"pids":{"limit":-1}}' pids.max=max
limits "rates of a disk" '{"blockIO":{"throttleReadBpsDevice":[{"major":254,"minor":0,"rate":1000000}],"throttleWriteBpsDevice":[{"major":254,"minor":0,"rate":2000000}],
  "throttleReadIOPSDevice":[{"major":254,"minor":0,"rate":300}],"throttleWriteIOPSDevice":[{"major":254,"minor":0,"rate":400}]}}' \
  'io.max=254:0 rbps=1000000 wbps=2000000 riops=300 wiops=400'
limits "weight of block devices" '{"blockIO":{"weight":500}}' 'io.weight=default 4950'
scenario "limits: weight of one block device" weight_of_device
weight_of_device() {
  # The kernel accepts it only if io.cost is enabled for the device.
  echo "254:0 enable=1" >$cgroup2/io.cost.qos
  resources '{"blockIO":{"weight":100,"weightDevice":[{"major":254,"minor":0,"weight":1000}]}}'
  create
  echo "254:0 enable=0" >$cgroup2/io.cost.qos
  holds io.weight $'default 910\n254:0 10000'
}
limits "huge pages, in use and reserved" '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304},{"pageSize":"1GB","limit":0}]}' \
  hugetlb.2MB.max=4194304 hugetlb.2MB.rsvd.max=4194304 hugetlb.1GB.max=0 hugetlb.1GB.rsvd.max=0
limits "unified: files that config.json has no other name for" \
  '{"unified":{"memory.min":"1048576","memory.low":"2097152","memory.high":"8388608","memory.oom.group":"1","cpu.weight.nice":"5","pids.max":"9","cgroup.max.depth":"3"}}' \
  memory.min=1048576 memory.low=2097152 memory.high=8388608 memory.oom.group=1 cpu.weight.nice=5 pids.max=9 cgroup.max.depth=3
limits "unified: several lines, one write each" '{"unified":{"io.max":"254:0 rbps=5000000\n254:0 wiops=77\n"}}' 'io.max=254:0 rbps=5000000 wbps=max riops=max wiops=77'
limits "unified overrules" '{"memory":{"limit":67108864},"unified":{"memory.max":"33554432"}}' memory.max=33554432
limits "kernel memory is ignored" '{"memory":{"limit":67108864,"kernel":1048576}}' memory.max=67108864

# unfit TEXT RESOURCES MESSAGE
unfit() { scenario "limits: refused on v2: $1" is_unfit "$(printf '%q ' "${@:2}")"; }
is_unfit() { resources "$1"; refused "$2"; }
none='has no equivalent on cgroup v2'
unfit "swappiness" '{"memory":{"swappiness":10}}' "/linux/resources/memory/swappiness: $none"
unfit "disableOOMKiller" '{"memory":{"disableOOMKiller":true}}' "/linux/resources/memory/disableOOMKiller: $none"
unfit "kernelTCP" '{"memory":{"kernelTCP":1048576}}' "/linux/resources/memory/kernelTCP: $none"
unfit "real-time scheduling" '{"cpu":{"realtimeRuntime":1000,"realtimePeriod":10000}}' "/linux/resources/cpu/realtimePeriod: $none"
unfit "the classes of net_cls and net_prio" '{"network":{"classID":1,"priorities":[{"name":"lo","priority":1}]}}' "/linux/resources/network/classID: $none"
unfit "leafWeight" '{"blockIO":{"leafWeight":100}}' "/linux/resources/blockIO/leafWeight: $none"
unfit "swap without memory" '{"memory":{"swap":67108864}}' "/linux/resources/memory/swap: is memory plus swap, so cgroup v2 needs a memory limit too"
unfit "a file that the kernel lacks" '{"unified":{"memory.nothing":"1"}}' "/linux/resources/unified/memory.nothing: write '1' to"
unfit "a file outside the cgroup" '{"unified":{"../memory.max":"1"}}' "name of a cgroup file"
unfit "a device that the machine lacks" '{"rdma":{"mlx5_0":{"hcaHandles":3}}}' "/linux/resources/rdma/mlx5_0: write 'mlx5_0 hca_handle=3' to"

scenario "limits: rdma and misc are enabled though the machine has no such device" has_rdma_and_misc
has_rdma_and_misc() {
  create
  [ -e "$dir/rdma.max" ]
  [ -e "$dir/misc.max" ]
  rt delete --force "$id"
  resources '{"unified":{"misc.max":"sev 1"}}'
  refused "/linux/resources/unified/misc.max: write 'sev 1' to"
}
