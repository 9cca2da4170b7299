# What the kernel does when a limit is reached, and what lade reports.

scenario "enforced: memory: the program is killed" memory_kills
memory_kills() {
  resources '{"memory":{"limit":16777216,"swap":16777216}}'
  program 'dd if=/dev/zero of=/dev/null bs=64M count=1'
  local code=0
  run || code=$?
  equals $code 137
  gone
}

scenario "enforced: memory: the cgroup counts the kill" memory_counts
memory_counts() {
  resources '{"memory":{"limit":16777216,"swap":16777216}}'
  program '(dd if=/dev/zero of=/dev/null bs=64M count=1); sleep 1000'
  start
  eventually killed_once
}
killed_once() { [ "$(event memory.events oom_kill)" = 1 ]; }

scenario "enforced: memory: an OOM-killed init is reported as such" init_killed
init_killed() { resources '{"memory":{"limit":4096,"swap":4096}}'; refused "container init was OOM-killed (memory limit too low?)"; }

scenario "enforced: memory: the same for a limit in the unified map" init_killed_unified
init_killed_unified() { resources '{"unified":{"memory.max":"4096","memory.swap.max":"0"}}'; refused "container init was OOM-killed (memory limit too low?)"; }

scenario "enforced: swap: what is above the memory limit goes there, and no more" swap_is_limited
swap_is_limited() {
  local file=/run/lade/scratch/swap
  dd if=/dev/zero of=$file bs=1M count=128 2>/dev/null
  chmod 600 $file
  busybox mkswap $file >/dev/null
  busybox swapon $file
  # The pages of the tmpfs are charged to the container: with 16 MB of memory and 48 MB in total, 32 MB fit and 80 MB do not.
  resources '{"memory":{"limit":16777216,"swap":50331648}}'
  program 'dd if=/dev/zero of=/tmp/a bs=1M count=32 && echo written >/tmp/done; dd if=/dev/zero of=/tmp/b bs=1M count=48; sleep 1000'
  start
  eventually killed_once || { busybox swapoff $file; return 1; }
  # Linux 6.5 and later record the peak.
  local peak file_of_peak=$dir/memory.swap.peak
  [ -e "$file_of_peak" ] || file_of_peak=$dir/memory.swap.current
  peak=$(<"$file_of_peak")
  local pid; pid=$(pid)
  equals "$(cat "/proc/$pid/root/tmp/done")" written || { busybox swapoff $file; return 1; }
  rt delete --force "$id"
  busybox swapoff $file
  echo "peak of swap: $peak"
  [ "$peak" -gt 8388608 ]
  [ "$peak" -le 33554432 ]
}

scenario "enforced: processes: a fork bomb is stopped" fork_bomb
fork_bomb() {
  resources '{"pids":{"limit":20}}'
  program 'bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 1000'
  start
  eventually forks_refused
  [ "$(<"$dir/pids.current")" -le 20 ]
  rt delete --force "$id"
  gone
}
forks_refused() { [ "$(event pids.events max)" -gt 0 ]; }

scenario "enforced: processes: none but the first" no_second_process
no_second_process() {
  resources '{"pids":{"limit":0}}'
  program '(:) 2>/dev/null && exit 3; exit 4'
  local code=0
  run || code=$?
  # busybox's shell exits with 2 if it cannot fork.
  equals $code 2
}

scenario "enforced: cpu: quota throttles" cpu_throttles
cpu_throttles() {
  resources '{"cpu":{"quota":10000,"period":100000}}'
  program 'while :; do :; done'
  start
  eventually throttled
}
throttled() { [ "$(event cpu.stat nr_throttled)" -gt 2 ]; }

scenario "enforced: cpu: only the given CPUs" cpu_pinned
cpu_pinned() {
  resources '{"cpu":{"cpus":"1"}}'
  program 'grep Cpus_allowed_list /proc/self/status'
  equals "$(run)" $'Cpus_allowed_list:\t1'
}

scenario "enforced: cpu: more weight, more time" cpu_weight
cpu_weight() {
  local light heavy
  resources '{"cpu":{"cpus":"0","shares":1024}}'
  program 'while :; do :; done'
  start
  edit '.linux.cgroupsPath += "-b" | .linux.resources.cpu.shares = 10240'
  rt run --detach --bundle "$bundle" "$id-b" </dev/null >/dev/null 2>&1
  light=$(cpu_time "$dir") heavy=$(cpu_time "$dir-b")
  sleep 3
  light=$(($(cpu_time "$dir") - light)) heavy=$(($(cpu_time "$dir-b") - heavy))
  rt delete --force "$id-b"
  echo "light $light, heavy $heavy microseconds"
  [ "$heavy" -gt $((light * 2)) ]
}
cpu_time() { awk '$1 == "usage_usec" { print $2 }' "$1/cpu.stat"; }

scenario "enforced: block devices: writing is slowed to the rate" disk_rate
disk_rate() {
  local number; number=$(disk)
  mount_also '{ "destination": "/scratch", "type": "bind", "source": "/run/lade/scratch", "options": ["bind"] }'
  resources '{"blockIO":{"throttleWriteBpsDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"rate":2097152}]}}'
  program 'dd if=/dev/zero of=/scratch/file bs=1M count=6 conv=fsync 2>/dev/null'
  local started=$EPOCHREALTIME took
  run
  took=$(((${EPOCHREALTIME/./} - ${started/./}) / 1000))
  rm -f /run/lade/scratch/file
  echo "6 MiB at 2 MiB/s took $took ms"
  [ $took -ge 2000 ]
}
disk() { cat /sys/block/vda/dev; }

scenario "enforced: block devices: more weight, more of the disk, where BFQ schedules it" disk_weight
disk_weight() {
  local number light heavy; number=$(disk)
  modprobe bfq 2>/dev/null || skip "the kernel has no BFQ"
  # Other cases test the weights that exist without it.
  trap 'rt delete --force "$id"; rt delete --force "$id-b"; rm -f /run/lade/scratch/[ab]; echo none >/sys/block/vda/queue/scheduler; modprobe -r bfq' EXIT
  echo bfq >/sys/block/vda/queue/scheduler
  # For rotational disks BFQ idles for the next request of the active queue; requests are always pending here.
  echo 1 >/sys/block/vda/queue/rotational
  mount_also '{ "destination": "/scratch", "type": "bind", "source": "/run/lade/scratch", "options": ["bind"] }'
  resources '{"blockIO":{"weight":100,"weightDevice":[{"major":'"${number%:*}"',"minor":'"${number#*:}"',"weight":50}]}}'
  dd if=/dev/zero of=/run/lade/scratch/a bs=1M count=32 conv=fsync 2>/dev/null
  cp /run/lade/scratch/a /run/lade/scratch/b
  program 'for i in 1 2 3; do while :; do dd if=/scratch/a of=/dev/null bs=1M iflag=direct 2>/dev/null; done & done; wait'
  start
  equals "$(<"$dir/io.bfq.weight")" $'default 100\n'"$number 50"
  edit '.linux.cgroupsPath += "-b" | .linux.resources.blockIO = {weight: 1000} | .process.args[2] |= sub("/a "; "/b ")'
  rt run --detach --bundle "$bundle" "$id-b" </dev/null >/dev/null 2>&1
  equals "$(<"$dir-b/io.bfq.weight")" 'default 1000'
  sleep 1
  light=$(bytes_read "$dir") heavy=$(bytes_read "$dir-b")
  sleep 4
  light=$(($(bytes_read "$dir") - light)) heavy=$(($(bytes_read "$dir-b") - heavy))
  echo "light $light, heavy $heavy bytes"
  # The emulated disk is faster than the emulated CPU, so the weights do not show in full; without them both get the same share.
  [ "$light" -gt 0 ]
  [ $((heavy * 4)) -gt $((light * 5)) ]
}
bytes_read() { sed -n "s/^$(disk) rbytes=\([0-9]*\).*/\1/p" "$1/io.stat"; }

scenario "enforced: huge pages: none are reserved beyond the limit" huge_reservations
huge_reservations() {
  command -v perl >/dev/null || skip "perl is not installed"
  echo 8 >/proc/sys/vm/nr_hugepages
  [ "$(</proc/sys/vm/nr_hugepages)" = 8 ] || skip "the machine has no huge pages to give"
  resources '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
  start
  # IPC_CREAT | SHM_HUGETLB | 0600: reserved, but not used.
  equals "$( (echo $BASHPID >"$dir/cgroup.procs"; exec perl -e 'for my $size (4194304, 6291456) {
    my $segment = shmget(0, $size, 05600); print defined $segment ? "reserved\n" : "$!\n"; shmctl($segment, 0, 0) if defined $segment; }') )" $'reserved\nCannot allocate memory'
  equals "$(event hugetlb.2MB.events max)" 1
}

scenario "enforced: rdma: a device's limit" rdma_device
rdma_device() {
  modprobe rdma_rxe 2>/dev/null || true
  local device; device=$(ls /sys/class/infiniband 2>/dev/null | head -n 1)
  [ -n "$device" ] || skip "there is no RDMA device, and the kernel has no emulated one (rdma_rxe)"
  resources '{"rdma":{"'"$device"'":{"hcaHandles":0}}}'
  create
  contains "$(<"$dir/rdma.max")" "$device hca_handle=0 hca_object=max"
}

scenario "enforced: misc: a resource's limit" misc_resource
misc_resource() {
  local name capacity
  read -r name capacity <$cgroup2/misc.capacity || true
  [ -n "$name" ] || skip "the kernel counts no resource in misc"
  resources '{"unified":{"misc.max":"'"$name"' 0"}}'
  create
  contains "$(<"$dir/misc.max")" "$name 0"
}

scenario "enforced: huge pages: no more than allowed" huge_pages
huge_pages() {
  echo 8 >/proc/sys/vm/nr_hugepages
  [ "$(</proc/sys/vm/nr_hugepages)" = 8 ] || skip "the machine has no huge pages to give"
  mount_also '{ "destination": "/huge", "type": "hugetlbfs", "source": "hugetlbfs", "options": ["pagesize=2M"] }'
  resources '{"hugepageLimits":[{"pageSize":"2MB","limit":4194304}]}'
  program 'fallocate -l 4194304 /huge/two && echo two; fallocate -l 2097152 /huge/third 2>/dev/null && echo third; sleep 1000'
  start
  eventually huge_refused
  equals "$(<"$bundle/output")" two
}
huge_refused() { [ "$(event hugetlb.2MB.events max)" -gt 0 ]; }

devices='[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]'
scenario "enforced: devices: by the list, for each kind of access" device_list
device_list() {
  resources '{"devices":'"$devices"'}'
  program 'mknod /dev/kmsg c 1 11; mknod /dev/mem c 1 1; mknod /dev/disk b 254 0
    try() { if (eval "$2") 2>/dev/null; then echo "$1"; fi; }
    try "kmsg read" ": </dev/kmsg"; try "kmsg written" ": >/dev/kmsg"; try "mem read" ": </dev/mem"; try "disk read" ": </dev/disk"; try "zero read" ": </dev/zero"; true'
  equals "$(run 2>&1)" $'kmsg read\nzero read'
}

scenario "enforced: devices: access fails with EPERM, and mknod is denied where the rules say so" device_errors
device_errors() {
  resources '{"devices":[{"allow":false,"access":"rwm"}]}'
  program 'mknod /dev/mem c 1 1; cat /dev/mem; true'
  contains "$(run 2>&1)" "can't open '/dev/mem': Operation not permitted"
}

scenario "enforced: devices: all are accessible if the list allows it" device_all
device_all() {
  resources '{"devices":[{"allow":true,"access":"rwm"}]}'
  program 'mknod /dev/disk b 254 0; dd if=/dev/disk of=/dev/null bs=512 count=1 2>/dev/null && echo read'
  equals "$(run)" read
}

scenario "enforced: devices: a reused cgroup gets only the rules of its new container" device_replaced
device_replaced() {
  mkdir -p "$dir"
  resources '{"devices":[{"allow":true,"access":"rwm"}]}'
  start
  rt delete --force "$id"
  [ -d "$dir" ]
  resources '{"devices":[{"allow":false,"access":"rwm"}]}'
  program 'mknod /dev/disk b 254 0; dd if=/dev/disk of=/dev/null bs=512 count=1 2>/dev/null && echo read; true'
  equals "$(run)" ""
  resources '{"devices":[{"allow":true,"access":"rwm"}]}'
  equals "$(run)" read
}
