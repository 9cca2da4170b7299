# config.md "Mounts": id-mapped mounts (mappings of a mount, options idmap and ridmap).

# mapped FROM TO: the mappings of a mount: ids from FROM on the file system appear as ids from TO on the host.
mapped() { echo "uidMappings: [{ containerID: $1, hostID: $2, size: 10 }], gidMappings: [{ containerID: $1, hostID: $(($2 + 1000)), size: 10 }]"; }
user_namespace_map='.linux.namespaces += [{ type: "user" }] | .linux.uidMappings = [{ containerID: 0, hostID: 100000, size: 1000 }] | .linux.gidMappings = .linux.uidMappings'

# A directory owned by root with a file in it, and another below it on a mount of its own.
source_tree() {
  mkdir "$bundle/data" "$bundle/below" "$bundle/data/sub" "$bundle/rootfs/data"
  chmod 777 "$bundle/data" "$bundle/below"
  touch "$bundle/data/file" "$bundle/below/file"
  mount --bind "$bundle/below" "$bundle/data/sub"
}
owners_of_sources() { stat -c %u:%g "$bundle/data" "$bundle/data/file" "$bundle/below/file" | tr '\n' ' '; }
needs_mount_setattr() {
  local major minor
  IFS=. read -r major minor _ <<<"$(uname -r)"
  [ "$major" -gt 5 ] || { [ "$major" = 5 ] && [ "${minor%%[!0-9]*}" -ge 12 ]; } || skip "id-mapped mounts came with Linux 5.12"
}
# owners MOUNT [EDIT]: the owner of the file in this mount and of the file below, as the container sees them.
owners() {
  base
  edit ".mounts += [{ destination: \"/data\", source: \"$bundle/data\", $1 }]"
  edit "${2-.}"
  program 'stat -c %u:%g /data/file; stat -c %u:%g /data/sub/file 2>/dev/null || true'
  rm -f "$scratch/owners"
  run >"$scratch/owners" 2>&1 || { cat "$scratch/owners"; return 1; }
  tr '\n' ' ' <"$scratch/owners"
}

id_mapped() {
  needs_mount_setattr
  source_tree
  local before seen
  before=$(owners_of_sources)
  seen=$(owners "options: [\"bind\", \"idmap\"], $(mapped 0 5000)") || echo "$seen"
  check CFG-MOUNT-015 contains "$seen" "5000:"
  check CFG-MOUNT-019 contains "$seen" ":6000"
  check CFG-MOUNT-016 equals "$seen" "5000:6000 "
  check CFG-MOUNT-016 equals "$(owners_of_sources)" "$before"
  check CFG-MOPT-060 equals "$seen" "5000:6000 "
  # Never ignored: mapped without the option as well, or refused.
  local code=0
  seen=$(owners "options: [\"bind\"], $(mapped 0 5000)") || code=$?
  check CFG-MOUNT-017 never_ignored $code "$seen"
  # If it is impossible, that is an error, not a mount without the mapping.
  rejects CFG-MOUNT-021 ".mounts += [{ destination: \"/data\", source: \"/proc/tty\", options: [\"bind\", \"idmap\"], $(mapped 0 5000) }]"
  check CFG-MOUNT-021 equals "$(owners "options: [\"bind\", \"idmap\"], $(mapped 0 7000)")" "7000:8000 "
  rejects CFG-MOUNT-018 '.mounts += [{ destination: "/data", source: "'"$bundle/data"'", options: ["bind", "idmap"], uidMappings: [{ containerID: 0, hostID: 5000, size: 10 }] }]'
  rejects CFG-MOUNT-020 '.mounts += [{ destination: "/data", source: "'"$bundle/data"'", options: ["bind", "idmap"], gidMappings: [{ containerID: 0, hostID: 5000, size: 10 }] }]'
  rejects CFG-MOUNT-025 '.mounts += [{ destination: "/data", source: "'"$bundle/data"'", options: ["bind", "idmap"] }]'
}
never_ignored() { [ "$1" != 0 ] || equals "$2" "5000:6000 "; }
scenario "$(ids CFG-MOUNT 15 21) CFG-MOUNT-025 CFG-MOPT-060" id_mapped "a mount with mappings shows other owners; half a mapping or none is an error"

idmap_is_no_data() {
  needs_mount_setattr
  source_tree
  base
  edit ".mounts += [{ destination: \"/data\", source: \"$bundle/data\", options: [\"bind\", \"idmap\"], $(mapped 0 5000) }]"
  program 'cat /proc/self/mountinfo'
  run >"$scratch/mountinfo"
  lacks "$(super_of /data)" idmap
  # The kernel itself shows idmapped, since Linux 5.15.
  differs "$(mount_of /data)" ''
}
scenario CFG-MOUNT-022 idmap_is_no_data "the option is not passed to the file system"

recursive_mapping() {
  needs_mount_setattr
  source_tree
  check CFG-MOPT-061 equals "$(owners "options: [\"rbind\", \"ridmap\"], $(mapped 0 5000)")" "5000:6000 5000:6000 "
  check CFG-MOUNT-026 equals "$(owners "options: [\"rbind\", \"ridmap\"], $(mapped 0 5000)")" "5000:6000 5000:6000 "
  check CFG-MOUNT-026 equals "$(owners "options: [\"rbind\", \"idmap\"], $(mapped 0 5000)")" "5000:6000 0:0 "
  rejects CFG-MOUNT-026 '.mounts += [{ destination: "/data", source: "'"$bundle/data"'", options: ["rbind", "ridmap"] }]'
  rejects CFG-MOUNT-026 '.mounts += [{ destination: "/data", source: "'"$bundle/data"'", options: ["rbind", "ridmap"], uidMappings: [{ containerID: 0, hostID: 5000, size: 10 }] }]'
}
scenario "CFG-MOUNT-026 CFG-MOPT-061" recursive_mapping "ridmap maps the mounts below too, idmap does not"

mapping_and_user_namespace() {
  needs_mount_setattr
  source_tree
  # The container's root is 100000 on the host and 3000 on the file system of this mount; an owner without a mapping could not write.
  chown 3000:3000 "$bundle/data"
  ground
  base
  edit "$user_namespace_map"
  edit ".mounts += [{ destination: \"/data\", source: \"$bundle/data\", options: [\"bind\", \"idmap\"], uidMappings: [{ containerID: 3000, hostID: 100000, size: 10 }],
    gidMappings: [{ containerID: 3000, hostID: 100000, size: 10 }] }]"
  program 'touch /data/made'
  check CFG-MOUNT-023 run
  check CFG-MOUNT-023 equals "$(stat -c %u:%g "$bundle/data/made")" 3000:3000
  # Without mappings the container's apply, or it is an error.
  chown 0:0 "$bundle/data"
  local code=0 seen
  seen=$(owners 'options: ["bind", "idmap"]' "$user_namespace_map") || code=$?
  check CFG-MOUNT-024 as_container $code "$seen"
}
as_container() { [ "$1" != 0 ] || equals "$2" "0:0 "; }
scenario "CFG-MOUNT-023 CFG-MOUNT-024" mapping_and_user_namespace "mappings of a mount count before those of the container"
