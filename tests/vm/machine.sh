# The machine: its kernel, initial RAM disk, image and qemu. Sourced by run, which sets $here, $repository and $work.
# Everything that is slow to obtain is kept in $cache: delete it to start over.
cache=${LADE_VM_CACHE:-${XDG_CACHE_HOME:-/var/cache}/lade-vm}
# An emulated machine takes seconds where a real one takes milliseconds.
boot_seconds=${LADE_VM_SECONDS:-900}
# Modules that the guest must load before it can mount anything.
early_modules=(virtio_pci virtio_blk ext4 virtiofs overlay)
mirror=${LADE_VM_MIRROR:-http://deb.debian.org/debian}
image_packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,apparmor,kmod,procps,iproute2,uidmap,busybox-static,jq,strace
children=()

# missing_parts FLAVOUR...: prints what this host lacks to run machines; fails if nothing is missing.
missing_parts() {
  local tool
  [ "$(uname -m)" = x86_64 ] || { echo "the machines are x86_64"; return 0; }
  for tool in qemu-system-x86_64 busybox cpio mke2fs depmod modprobe unshare flock dpkg-deb apt-get jq; do
    command -v $tool >/dev/null || { echo "$tool is not installed"; return 0; }
  done
  find_virtiofsd >/dev/null || { echo "virtiofsd is not installed"; return 0; }
  case " $* " in *" systemd "*) command -v mmdebstrap >/dev/null || { echo "mmdebstrap is not installed"; return 0; } ;; esac
  return 1
}

find_virtiofsd() {
  local path
  for path in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd; do
    [ ! -x $path ] || { echo $path; return 0; }
  done
  return 1
}

# locked COMMAND...: one run at a time fills the cache.
locked() {
  mkdir -p "$cache" || return
  ( flock 9; "$@" ) 9>"$cache/lock"
}

get_kernel() { locked make_kernel "$1" && make_initrd "$1"; } # 6.12|6.1
get_image() { locked make_image; }

# Debian's kernel for virtual machines, unpacked but not installed. 6.1 is the release's, 6.12 comes from its updates.
make_kernel() {
  local target=$cache/kernel-$1 meta=linux-image-$1-cloud-amd64 package part
  [ ! -e "$target/release" ] || return 0
  [ "$1" != 6.1 ] || meta=linux-image-cloud-amd64
  package=$(kernel_package "$meta")
  if [ -z "$package" ]; then apt-get update -qq; package=$(kernel_package "$meta"); fi
  [ -n "$package" ] || { echo "apt knows no package $meta"; return 1; }
  part=$target.part
  rm -rf "$part"; mkdir -p "$part"
  ( cd "$part" && apt-get -qq download "$package" && dpkg-deb -x ./linux-image*.deb . && rm ./*.deb ) || { echo "cannot download $package"; return 1; }
  package=$(basename "$part"/boot/vmlinuz-*)
  extract_kernel "$part/boot/$package" >"$part/vmlinux" || return
  depmod -b "$part" "${package#vmlinuz-}" || return
  echo "${package#vmlinuz-}" >"$part/release"
  rm -rf "$target"; mv "$part" "$target"
}

kernel_package() { apt-cache depends "$1" 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }'; }

# The ELF kernel out of a bzImage (Documentation/arch/x86/boot.rst): qemu starts it directly, which saves the decompression (seconds when emulated).
extract_kernel() {
  local sectors offset length magic
  sectors=$(number_at "$1" 0x1f1 1) offset=$(number_at "$1" 0x248 4) length=$(number_at "$1" 0x24c 4)
  offset=$(((sectors + 1) * 512 + offset))
  magic=$(number_at "$1" $offset 2)
  # Except for gzip, the last four bytes are the size and not part of the compressed stream.
  case $magic in
    46376) payload "$1" $offset $((length - 4)) | zstd -dc ;;
    8450) payload "$1" $offset $((length - 4)) | lz4 -dc ;;
    14333) payload "$1" $offset $((length - 4)) | xz -dc ;;
    35615) payload "$1" $offset $length | gzip -dc ;;
    *) echo "unknown compression of $1: $magic" >&2; return 1 ;;
  esac
}
number_at() { od -An -v -j $(($2)) -N "$3" -t "u$3" "$1" | tr -d ' '; } # FILE OFFSET BYTES
payload() { dd if="$1" bs=1M iflag=skip_bytes,count_bytes skip=$2 count=$3 status=none; }

# Busybox, the early modules and the first process. Small, so it is rebuilt each time: this file may have changed.
make_initrd() {
  local kernel=$cache/kernel-$1 tree=$work/initrd-$1 number=100 module
  mkdir -p "$tree"/{bin,dev,proc,sys,modules,lower,upper,new}
  cp "$(command -v busybox)" "$tree/bin/busybox"
  # In dependency order.
  modprobe -d "$kernel" -S "$(cat "$kernel/release")" --show-depends --all "${early_modules[@]}" | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
    while read -r module; do
      number=$((number + 1))
      case $module in *.xz) xz -dc "$module" ;; *.zst) zstd -dc "$module" ;; *) cat "$module" ;; esac >"$tree/modules/$number.ko"
    done
  install -m 755 "$here/guest/init" "$tree/init"
  ( cd "$tree" && find . | cpio -o -H newc -R 0:0 --quiet ) >"$tree.cpio"
}

# The root of the systemd flavour: a minimal Debian system in an ext4 image, made without mounting anything.
make_image() {
  local tree=$cache/image.tree unit
  [ "$(cat "$cache/image.packages" 2>/dev/null)" != $image_packages ] || return 0
  rm -rf --one-file-system "$tree"
  mmdebstrap --quiet --variant=minbase --mode=root --include=$image_packages bookworm "$tree" "$mirror" 2>&1 ||
    { rm -rf --one-file-system "$tree"; echo "mmdebstrap could not make the image"; return 1; }
  chroot "$tree" useradd --create-home --shell /bin/bash --uid 1000 sailor
  echo sailor:100000:65536 | tee "$tree/etc/subuid" >"$tree/etc/subgid"
  echo 0123456789abcdef0123456789abcdef >"$tree/etc/machine-id"
  echo lade >"$tree/etc/hostname"
  # Units that only take time in a machine that lives for minutes.
  for unit in getty@tty1.service getty.target apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer apparmor.service \
    dpkg-db-backup.timer systemd-random-seed.service systemd-update-utmp.service systemd-modules-load.service systemd-pstore.service; do
    ln -sf /dev/null "$tree/etc/systemd/system/$unit"
  done
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,man,locale}
  mke2fs -q -F -t ext4 -m 0 -d "$tree" "$cache/image.part" 2G || return
  rm -rf --one-file-system "$tree"
  mv "$cache/image.part" "$cache/image"
  echo $image_packages >"$cache/image.packages"
}

# boot FLAVOUR KERNEL LAYOUT DIRECTORY: runs guest/main in a machine. It writes output, log and finally status to DIRECTORY.
boot() {
  local kernel=$cache/kernel-$2 machine=$work/machine-$1-$2-$3 disk=0 cgroups
  case $3 in
    v2) cgroups=cgroup_no_v1=all ;;
    hybrid) cgroups="systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0" ;;
    v1) cgroups="systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1" ;;
  esac
  rm -rf --one-file-system "$machine"
  mkdir "$machine"
  qemu=(qemu-system-x86_64 -name lade-test -nodefaults -no-user-config -display none -no-reboot -nic none
    # One thread for all CPUs: with one each, kernels occasionally crash in code that another CPU is patching (static branches).
    -machine q35,memory-backend=ram -accel tcg,thread=single -cpu max -smp "$(nproc)" -m 2048 -object memory-backend-memfd,id=ram,size=2048M,share=on
    -kernel "$kernel/vmlinux" -initrd "$work/initrd-$2.cpio"
    -chardev "file,id=console,path=$4/console" -serial chardev:console
    # Emulated time runs unevenly: the kernel's complaints about that, and mitigations for CPUs that do not exist, only take time.
    -append "console=ttyS0 quiet panic=-1 $cgroups nokaslr mitigations=off audit=0 random.trust_cpu=on rcupdate.rcu_expedited=1 systemd.show_status=0 systemd.unit=multi-user.target FLAVOUR=$1")
  share repository read-only "$repository"
  share results read-write "$4"
  share modules read-only "$kernel/lib/modules"
  truncate -s 1G "$machine/scratch"
  mke2fs -q -F -t ext4 -m 0 "$machine/scratch"
  drive "$machine/scratch"
  if [ "$1" = tiny ]; then share root read-only /; else drive "$cache/image,snapshot=on"; fi
  await_shares
  # In the background, then waited for: a signal ends the machine at once.
  timeout -k 5 $boot_seconds "${qemu[@]}" </dev/null >"$4/qemu" 2>&1 &
  children+=($!)
  wait $! || true
  end_children
}

drive() { # FILE[,OPTIONS]: the next of /dev/vda, /dev/vdb
  qemu+=(-drive "file=$1,format=raw,if=none,id=disk$disk,cache=unsafe" -device "virtio-blk-pci,drive=disk$disk")
  disk=$((disk + 1))
}

# Shares a directory under a tag. The server has a mount namespace of its own, in which a read-only share is read-only even for the guest's root.
share() { # TAG read-only|read-write DIRECTORY
  local remember=always
  [ "$2" = read-only ] || remember=auto
  mkdir "$machine/$1"
  unshare --mount --propagation private bash -c 'mount --bind "$2" "$3" && { [ "$1" = read-write ] || mount -o remount,bind,ro "$3"; } &&
    exec "$4" --socket-path="$3.socket" -o source="$3" -o cache="$5" -o xattr -o sandbox=chroot -o log_level=err' \
    - "$2" "$3" "$machine/$1" "$(find_virtiofsd)" $remember >"$machine/$1.log" 2>&1 &
  children+=($!)
  qemu+=(-chardev "socket,id=$1,path=$machine/$1.socket" -device "vhost-user-fs-pci,chardev=$1,tag=$1")
}

await_shares() {
  local log i
  for log in "$machine"/*.log; do
    for i in $(seq 500); do [ ! -S "${log%.log}.socket" ] || continue 2; sleep 0.01; done
    cat "$log" >&2; return 1
  done
}

end_children() {
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait "${children[@]}" 2>/dev/null || true
  children=()
}
