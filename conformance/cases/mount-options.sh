# config.md "Linux mount options": one statement per option.

# Each line: statement, the options of a tmpfs, then what its mount must show: +flag or -flag of the mount, ++flag or --flag of the file system.
tmpfs_options() {
  cat <<'END'
CFG-MOPT-001 sync,async --sync
CFG-MOPT-002 noatime,atime -noatime
CFG-MOPT-004 defaults +rw -nosuid -nodev -noexec --sync
CFG-MOPT-005 nodev,dev -nodev
CFG-MOPT-006 nodiratime,diratime -nodiratime
CFG-MOPT-007 dirsync ++dirsync
CFG-MOPT-008 noexec,exec -noexec
CFG-MOPT-009 iversion +rw
CFG-MOPT-010 lazytime ++lazytime
CFG-MOPT-011 silent,loud +rw
CFG-MOPT-012 mand +rw
CFG-MOPT-013 noatime +noatime
CFG-MOPT-014 nodev +nodev
CFG-MOPT-015 nodiratime +nodiratime
CFG-MOPT-016 noexec +noexec
CFG-MOPT-017 iversion,noiversion +rw
CFG-MOPT-018 lazytime,nolazytime --lazytime
CFG-MOPT-019 mand,nomand --mand
CFG-MOPT-020 relatime,norelatime -noatime
CFG-MOPT-021 strictatime,nostrictatime +relatime
CFG-MOPT-022 nosuid +nosuid
CFG-MOPT-023 nosymfollow +nosymfollow
CFG-MOPT-029 relatime +relatime -noatime
CFG-MOPT-039 ro +ro
CFG-MOPT-050 ro,rw +rw -ro
CFG-MOPT-052 silent +rw
CFG-MOPT-054 strictatime -relatime -noatime
CFG-MOPT-055 nosuid,suid -nosuid
CFG-MOPT-056 nosymfollow,symfollow -nosymfollow
CFG-MOPT-057 sync ++sync
END
}
# Both tables below run in groups: if one option is refused as unknown, the others can still be observed.
tmpfs_flags() {
  local id options expectation lines line
  mapfile -t lines < <(tmpfs_options)
  for line in "${lines[@]}"; do
    read -r id options _ <<<"$line"
    tmpfs "/m/$options" ${options//,/ }
  done
  if ! list_mounts; then
    : >"$scratch/mountinfo"
    for line in "${lines[@]}"; do
      read -r id options _ <<<"$line"
      base
      tmpfs "/m/$options" ${options//,/ }
      program 'cat /proc/self/mountinfo'
      run >>"$scratch/mountinfo" || true
    done
  fi
  for line in "${lines[@]}"; do
    read -r id options expectations <<<"$line"
    check "$id" is_mounted "/m/$options"
    check CFG-MOUNT-010 is_mounted "/m/$options"
    for expectation in $expectations; do
      case $expectation in
        ++*) check "$id" has_super "/m/$options" "${expectation#++}" ;;
        --*) check "$id" lacks_super "/m/$options" "${expectation#--}" ;;
        +*) check "$id" has_flag "/m/$options" "${expectation#+}" ;;
        -*) check "$id" lacks_flag "/m/$options" "${expectation#-}" ;;
      esac
    done
  done
  # mount(8) with the same options, on the host.
  for line in "${lines[@]}"; do
    read -r id options _ <<<"$line"
    [ "$options" != mand ] || continue
    mkdir -p "$scratch/host"
    mount -t tmpfs -o "$options" tmpfs "$scratch/host"
    check CFG-MOUNT-011 equals "$options $(flags_of "/m/$options")" "$options $(flags_of "$scratch/host" /proc/self/mountinfo)"
    umount "$scratch/host"
  done
}
scenario "$(tmpfs_options | cut -d ' ' -f 1 | tr '\n' ' ')CFG-MOUNT-010 CFG-MOUNT-011" tmpfs_flags "flags of a mount, as mount(8) makes them"

# host_tree OPTIONS: on the host a tmpfs with a file and a tmpfs with OPTIONS in it, at $scratch/tree.
host_tree() {
  mkdir -p "$scratch/tree"
  mount -t tmpfs -o "${1/#ro/rw}" tree "$scratch/tree"
  mkdir "$scratch/tree/sub"
  mount -t tmpfs -o "${1/#ro/rw}" sub "$scratch/tree/sub"
  # Read-only on the mount, not the file system: only that can be cleared in a copy of the mount.
  [ "$1" != ro ] || for mount in "$scratch/tree" "$scratch/tree/sub"; do mount -o remount,bind,ro "$mount"; done
}

bind_options() {
  host_tree defaults
  echo content >"$scratch/tree/file"
  echo content >"$scratch/tree/sub/file"
  bind /bind "$scratch/tree" bind
  bind /rbind "$scratch/tree" rbind
  bind /flags "$scratch/tree" bind nosuid nodev noexec ro noatime
  list_mounts
  check CFG-MOPT-003 is_mounted /bind
  check CFG-MOPT-003 equals "$(mount_of /bind/sub)" ''
  check CFG-MOPT-003 contains "$(mount_of /bind)" " - tmpfs tree "
  check CFG-MOPT-026 is_mounted /rbind
  check CFG-MOPT-026 is_mounted /rbind/sub
  local flag
  for flag in nosuid nodev noexec ro noatime; do check CFG-MOPT-003 has_flag /flags $flag; done
}
scenario "CFG-MOPT-003 CFG-MOPT-026" bind_options "bind takes one mount, rbind the tree below it too; flags of a bind"

remount() {
  tmpfs /again
  add_mount tmpfs tmpfs /again remount ro nosuid
  list_mounts
  has_flag /again ro
  equals "$(awk '$5 == "/again"' "$scratch/mountinfo" | wc -l)" 1
}
scenario CFG-MOPT-030 remount "a remount changes the flags of what is mounted there"

# Each line: statement, option, flags of the tree on the host, and what both of its mounts must show in the container.
recursive_options() {
  cat <<'END'
CFG-MOPT-025 ratime noatime -noatime
CFG-MOPT-027 rdev nodev -nodev
CFG-MOPT-028 rdiratime nodiratime -nodiratime
CFG-MOPT-031 rexec noexec -noexec
CFG-MOPT-032 rnoatime relatime +noatime
CFG-MOPT-033 rnodiratime relatime +nodiratime
CFG-MOPT-034 rnoexec relatime +noexec
CFG-MOPT-035 rnorelatime relatime -noatime
CFG-MOPT-036 rnostrictatime strictatime +relatime
CFG-MOPT-037 rnosuid relatime +nosuid
CFG-MOPT-038 rnosymfollow relatime +nosymfollow
CFG-MOPT-041 rrelatime noatime +relatime
CFG-MOPT-042 rro relatime +ro
CFG-MOPT-043 rrw ro +rw
CFG-MOPT-046 rstrictatime relatime -relatime
CFG-MOPT-047 rsuid nosuid -nosuid
CFG-MOPT-048 rsymfollow nosymfollow -nosymfollow
END
}
recursive_flags() {
  local id option flags expectation at
  while read -r id option flags expectation; do
    base
    host_tree "$flags"
    bind /tree "$scratch/tree" rbind "$option"
    program 'cat /proc/self/mountinfo'
    : >"$scratch/mountinfo"
    run >"$scratch/mountinfo" || true
    for at in /tree /tree/sub; do
      case $expectation in
        +*) check "$id" has_flag $at "${expectation#+}" ;;
        -*) check "$id" lacks_flag $at "${expectation#-}" ;;
      esac
    done
    # The host's own mounts keep their flags.
    check "$id" contains ",$(flags_of "$scratch/tree/sub" /proc/self/mountinfo)," ","
    [ "$flags" = relatime ] || [ "$flags" = strictatime ] || check "$id" contains ",$(flags_of "$scratch/tree/sub" /proc/self/mountinfo)," ",$flags,"
    umount -R "$scratch/tree"
  done < <(recursive_options | sed -n "$1")
}
recursive_flags_first() { recursive_flags 1,9p; }
recursive_flags_second() { recursive_flags '10,$p'; }
scenario "$(recursive_options | sed -n 1,9p | cut -d ' ' -f 1 | tr '\n' ' ')" recursive_flags_first "recursive flags reach the mounts below, on the container's side only"
scenario "$(recursive_options | sed -n '10,$p' | cut -d ' ' -f 1 | tr '\n' ' ')" recursive_flags_second "recursive flags reach the mounts below, on the container's side only"

propagations() {
  host_tree defaults
  mount --make-rshared "$scratch/tree"
  local kind
  for kind in private slave shared unbindable; do
    bind /$kind "$scratch/tree" rbind $kind
    bind /r$kind "$scratch/tree" rbind r$kind
  done
  list_mounts
  for kind in private slave shared unbindable; do
    for at in /$kind /r$kind /$kind/sub /r$kind/sub; do differs "$(mount_of $at)" ''; done
  done
  check CFG-MOPT-024 equals "$(propagation_of /private)" ''
  check CFG-MOPT-024 differs "$(propagation_of /private/sub)" ''
  check CFG-MOPT-040 equals "$(propagation_of /rprivate)$(propagation_of /rprivate/sub)" ''
  check CFG-MOPT-051 contains "$(propagation_of /shared)" shared:
  check CFG-MOPT-044 contains "$(propagation_of /rshared)" shared:
  check CFG-MOPT-044 contains "$(propagation_of /rshared/sub)" shared:
  check CFG-MOPT-053 contains "$(propagation_of /slave)" master:
  check CFG-MOPT-053 lacks "$(propagation_of /slave)" shared:
  check CFG-MOPT-045 contains "$(propagation_of /rslave)" master:
  check CFG-MOPT-045 contains "$(propagation_of /rslave/sub)" master:
  check CFG-MOPT-045 lacks "$(propagation_of /rslave)$(propagation_of /rslave/sub)" shared:
  check CFG-MOPT-059 contains "$(propagation_of /unbindable)" unbindable
  check CFG-MOPT-059 lacks "$(propagation_of /unbindable/sub)" unbindable
  check CFG-MOPT-049 contains "$(propagation_of /runbindable)" unbindable
  check CFG-MOPT-049 contains "$(propagation_of /runbindable/sub)" unbindable
}
scenario "CFG-MOPT-024 CFG-MOPT-040 CFG-MOPT-044 CFG-MOPT-045 CFG-MOPT-049 CFG-MOPT-051 CFG-MOPT-053 CFG-MOPT-059" propagations \
  "propagation of one mount, or of all below it with the r forms"

copy_up() {
  mkdir "$bundle/rootfs/full"
  echo content >"$bundle/rootfs/full/file"
  chmod 640 "$bundle/rootfs/full/file"
  tmpfs /full tmpcopyup
  program 'grep -q " /full tmpfs " /proc/mounts && test "$(cat /full/file) $(stat -c %a /full/file)" = "content 640" && echo new >/full/new && rm /full/file'
  run
  equals "$(ls "$bundle/rootfs/full")" file
}
scenario CFG-MOPT-058 copy_up "tmpcopyup: the tmpfs starts with a copy of what it hides, which is unchanged"
