# What a mount of type cgroup shows: the hierarchy from the root of the cgroup namespace, even if a user namespace may not mount the file system itself.

cgroup_mounted() { mount_also '{ "destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["'"$1"'", "nosuid"] }'; }
user_mapped() { edit '.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 65536 }] | .linux.gidMappings = .linux.uidMappings'; }
seen() { program "cat /sys/fs/cgroup$1/cgroup.procs | wc -l; mkdir /sys/fs/cgroup$1/made 2>&1 | grep -o 'Read-only.*\|Permission.*'; grep -c ' /sys/fs/cgroup ro,nosuid.* cgroup2 ' /proc/self/mountinfo"; }

scenario "cgroup mount: with a cgroup namespace from the container's cgroup on" mount_of_own
mount_of_own() {
  namespace '{ "type": "cgroup" }'
  cgroup_mounted ro
  seen ''
  contains "$(run)" 'Read-only file system'
  [ "$(run | head -n 1)" -ge 1 ]
}

scenario "cgroup mount: with a user namespace too" mount_of_mapped
mount_of_mapped() { user_mapped; mount_of_own; }

scenario "cgroup mount: without a cgroup namespace the whole hierarchy" mount_of_host
mount_of_host() {
  cgroup_mounted ro
  seen "$cgroup"
  contains "$(run)" $'Read-only file system\n1'
  [ "$(run | head -n 1)" -ge 1 ]
}

scenario "cgroup mount: with a user namespace, which may not mount that, the host's mount" mount_of_host_mapped
mount_of_host_mapped() { user_mapped; mount_of_host; }

scenario "cgroup mount: with a user namespace and a joined cgroup namespace, the container's part" mount_of_joined
mount_of_joined() {
  user_mapped
  edit '.linux.namespaces += [{ type: "cgroup", path: "/proc/1/ns/cgroup" }]'
  mount_of_own_part
}
mount_of_own_part() {
  cgroup_mounted ro
  seen ''
  contains "$(run)" 'Read-only file system'
  [ "$(run | head -n 1)" -ge 1 ]
  program 'test -d /sys/fs/cgroup/lade-cases && echo whole; test -e /sys/fs/cgroup/cgroup.type && echo part'
  equals "$(run)" part
}

scenario "cgroup mount: writable in a user namespace it is still root's" mount_of_host_writable
mount_of_host_writable() {
  user_mapped
  cgroup_mounted rw
  program "mkdir /sys/fs/cgroup$cgroup/made /sys/fs/cgroup/made; echo 0 >/sys/fs/cgroup/cgroup.procs; true"
  equals "$(run 2>&1 | grep -c 'Permission denied')" 3
}
