#!/usr/bin/env python3
"""Writes src/Lade/Seccomp/SystemCallTable.{Names,Numbers}.cs.

Sources, in this order; a later one only adds names that the earlier ones lack on that architecture:
  1. libseccomp (its resolver is queried number by number), so that a profile means the same as to other runtimes;
  2. the kernel's headers, for the architectures that libseccomp does not know. Debian packages them as linux-libc-dev-m68k-cross,
     linux-libc-dev-sh4-cross (install them, or unpack them and name the directory with --headers); loongarch64 uses the generic table;
  3. NEWER and EXTRA below: calls newer than both.
Run it after installing a newer libseccomp or extending NEWER: scripts/make-system-call-tables.py [--headers DIR]
"""
import argparse
import ctypes
import pathlib
import re
import subprocess
import sys

LE, BITS64, N32 = 0x40000000, 0x80000000, 0x20000000
# table -> (libseccomp's token, or None; the kernel's base for every number)
TABLES = {
    "X86": (3 | LE, 0),
    "X86_64": (62 | LE | BITS64, 0),
    "X32": (62 | LE, 0x40000000),
    "Arm": (40 | LE, 0),
    "Aarch64": (183 | LE | BITS64, 0),
    "Mips": (8, 4000),
    "Mips64": (8 | BITS64, 5000),
    "Mips64N32": (8 | BITS64 | N32, 6000),
    "Ppc": (20, 0),
    "Ppc64": (21 | BITS64, 0),
    "S390": (22, 0),
    "S390X": (22 | BITS64, 0),
    "Parisc": (15, 0),
    "Parisc64": (15 | BITS64, 0),
    "Riscv64": (243 | LE | BITS64, 0),
    "Loongarch64": (None, 0),
    "M68K": (None, 0),
    "Sh": (None, 0),
}
# The same number everywhere (plus the architecture's base).
NEWER = {
    "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456,
    "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461,
    "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467,
    "file_getattr": 468, "file_setattr": 469, "listns": 470,
}
EXTRA = {
    "X86_64": {"uretprobe": 335, "uprobe": 336},
    "Riscv64": {"riscv_hwprobe": 258},
    "Loongarch64": {"fstat": 80, "newfstatat": 79},
}
# Not in the kernel's x32 table.
ABSENT = {"X32": {"map_shadow_stack"}}
# ARM's private calls start at 0x0f0000; they are stored as 1000 and up so that every number fits a short.
ARM_PRIVATE, ARM_PRIVATE_STORED = 0x0F0000, 1000
MULTIPLEXED = {
    "socket": 101, "bind": 102, "connect": 103, "listen": 104, "accept": 105, "getsockname": 106, "getpeername": 107,
    "socketpair": 108, "send": 109, "recv": 110, "sendto": 111, "recvfrom": 112, "shutdown": 113, "setsockopt": 114,
    "getsockopt": 115, "sendmsg": 116, "recvmsg": 117, "accept4": 118, "recvmmsg": 119, "sendmmsg": 120,
    "semop": 201, "semget": 202, "semctl": 203, "semtimedop": 204, "msgsnd": 211, "msgrcv": 212, "msgget": 213, "msgctl": 214,
    "shmat": 221, "shmdt": 222, "shmget": 223, "shmctl": 224,
}
# How often programs make each call, in rough powers of two. It only shapes the decision tree and never affects a verdict.
COMMON = {
    "read": 256, "write": 256, "futex": 256, "epoll_wait": 128, "epoll_pwait": 64, "recvmsg": 64, "sendmsg": 32, "recvfrom": 64,
    "sendto": 64, "close": 128, "openat": 128, "newfstatat": 128, "fstat": 96, "fstatat64": 96, "fstat64": 96, "lseek": 64, "_llseek": 64,
    "mmap": 128, "mmap2": 128, "munmap": 64, "mprotect": 64, "brk": 32, "rt_sigaction": 64, "rt_sigprocmask": 96, "ioctl": 48,
    "pread64": 48, "pwrite64": 16, "readv": 16, "writev": 48, "access": 32, "stat": 48, "stat64": 48, "lstat": 32, "lstat64": 32,
    "poll": 48, "ppoll": 16, "select": 16, "pselect6": 16, "madvise": 48, "fcntl": 48, "fcntl64": 48, "getpid": 24, "gettid": 16,
    "clock_gettime": 32, "clock_nanosleep": 24, "nanosleep": 16, "sched_yield": 32, "getdents64": 32, "readlink": 24, "statx": 32,
    "epoll_ctl": 32, "accept4": 16, "connect": 8, "socket": 8, "setsockopt": 16, "getsockopt": 8, "execve": 4, "exit_group": 4,
    "wait4": 8, "clone": 4, "pipe2": 4, "dup2": 8, "getrandom": 8, "prlimit64": 8, "unlink": 8, "getuid": 8, "geteuid": 8,
}


def from_libseccomp(lib, token, base):
    """name -> number minus base, for one architecture."""
    calls = {}
    for number in [*range(0, 1000), *range(ARM_PRIVATE, ARM_PRIVATE + 16)]:
        name = lib.seccomp_syscall_resolve_num_arch(token, base + number)
        if name:
            calls[ctypes.string_at(name).decode()] = number
    return calls


def pseudo_names(lib):
    """Every name that libseccomp knows on any architecture; those that x86_64 lacks have a negative number."""
    token, names = TABLES["X86_64"][0], set()
    for number in range(-10500, -100):
        name = lib.seccomp_syscall_resolve_num_arch(token, number)
        if name:
            names.add(ctypes.string_at(name).decode())
    return names


def from_header(path, defines=()):
    """name -> number in an asm/unistd.h, through the preprocessor."""
    text = subprocess.run(["gcc", "-E", "-dM", *defines, "-I", str(path.parents[1]), str(path)], capture_output=True, text=True, check=True).stdout
    macros = dict(re.findall(r"^#define (__NR\w+) (\w+)$", text, re.M))

    def value(text):
        while text in macros:
            text = macros[text]
        return int(text, 0) if re.fullmatch(r"(0x)?[0-9a-fA-F]+", text) else None

    skip = {"__NR_syscalls", "__NR_arch_specific_syscall", "__NR_Linux", "__NR_SYSCALL_BASE"}
    found = {name[5:]: value(text) for name, text in macros.items() if name.startswith("__NR_") and name not in skip}
    return {name: number for name, number in found.items() if number is not None}


def header(headers, triplet):
    for root in (pathlib.Path(headers), pathlib.Path("/usr")):
        path = root / triplet / "include/asm/unistd_32.h"
        if path.exists():
            return path
    sys.exit(f"no kernel headers of {triplet}: see --help")


def hash_of(name, multiplier):
    h = 0
    for c in name.encode():
        h = (h * 31 + c) & 0xFFFFFFFF
    return ((h * multiplier) & 0xFFFFFFFF) >> 22


def slots_of(names):
    """An open addressing table with 1024 slots and the shortest worst-case probe of several attempts; 0 is empty, otherwise index + 1."""
    best = None
    for multiplier in range(0x9E3779B1, 0x9E3779B1 + 2000, 2):
        slots, worst = [0] * 1024, 0
        for index, name in enumerate(names):
            slot, probes = hash_of(name, multiplier), 1
            while slots[slot]:
                slot, probes = (slot + 1) % 1024, probes + 1
            slots[slot], worst = index + 1, max(worst, probes)
        if best is None or worst < best[0]:
            best = (worst, multiplier, slots)
    return best[1], best[2]


def lines(values, indent="        ", width=158):
    out, line = [], indent
    for value in values:
        text = f"{value}, "
        if len(line) + len(text) > width:
            out.append(line.rstrip())
            line = indent
        line += text
    return "\n".join([*out, line.rstrip()])


HEAD = """// Written by scripts/make-system-call-tables.py; change that, not this.
using System;

namespace Lade.Seccomp;

"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--headers", default="/usr", help="directory with TRIPLET/include/asm/unistd_32.h below it")
    options = parser.parse_args()
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_syscall_resolve_num_arch.restype = ctypes.c_void_p
    lib.seccomp_syscall_resolve_num_arch.argtypes = [ctypes.c_uint32, ctypes.c_int]

    calls = {table: from_libseccomp(lib, token, base) for table, (token, base) in TABLES.items() if token is not None}
    calls["M68K"] = from_header(header(options.headers, "m68k-linux-gnu"))
    calls["Sh"] = from_header(header(options.headers, "sh4-linux-gnu"))
    calls["Loongarch64"] = from_header(pathlib.Path("/usr/include/asm-generic/unistd.h"), ["-D__BITS_PER_LONG=64", "-D__ARCH_WANT_SYS_CLONE3"])
    for table, numbers in calls.items():
        for name, number in {**NEWER, **EXTRA.get(table, {})}.items():
            taken = number in numbers.values()
            if name not in numbers and name not in ABSENT.get(table, ()) and not taken:
                numbers[name] = number
    names = sorted(set().union(pseudo_names(lib), *calls.values()))
    if len(names) >= 1000:
        sys.exit("more names than the hash table is made for")

    multiplier, slots = slots_of(names)
    starts, at = [], 0
    for name in names:
        starts.append(at)
        at += len(name) + 1
    starts.append(at)
    blob, line = [], ""
    for name in names:
        if len(line) + len(name) > 135:
            blob.append(line)
            line = ""
        line += name + " "
    blob.append(line)

    folder = pathlib.Path(__file__).resolve().parents[1] / "src/Lade/Seccomp"
    text = HEAD + "internal static partial class SystemCallTable\n{\n"
    text += f"    public const int Count = {len(names)};\n    private const uint HashMultiplier = 0x{multiplier:08X};\n\n"
    text += "    private static ReadOnlySpan<byte> Names =>\n" + " +\n".join(f'        "{line}"u8' for line in blob) + ";\n\n"
    text += "    /// <summary>Where each name starts in <see cref=\"Names\"/>; one blank ends it.</summary>\n"
    text += "    private static ReadOnlySpan<ushort> Starts =>\n    [\n" + lines(starts) + "\n    ];\n\n"
    text += "    /// <summary>Open addressing by hash: 0 is empty, else the index of a name plus one.</summary>\n"
    text += "    private static ReadOnlySpan<ushort> Slots =>\n    [\n" + lines(slots) + "\n    ];\n\n"
    text += f"    private const int SocketCallIndex = {names.index('socketcall')};\n    private const int IpcIndex = {names.index('ipc')};\n\n"
    text += "    /// <summary>By index of name: 100 + the number that socketcall(2) has for it or 200 + that of ipc(2), else 0.</summary>\n"
    text += "    private static ReadOnlySpan<byte> Multiplexed =>\n    [\n" + lines(MULTIPLEXED.get(name, 0) for name in names) + "\n    ];\n\n"
    text += "    /// <summary>Index of a name that programs call often, then its weight.</summary>\n"
    text += "    public static ReadOnlySpan<ushort> Common =>\n    [\n"
    text += lines(v for name in sorted(COMMON) for v in (names.index(name), COMMON[name])) + "\n    ];\n}\n"
    (folder / "SystemCallTable.Names.cs").write_text(text)

    text = HEAD + "/// <summary>Number of each name, less what the architecture adds to every number; -1 where the call does not exist.</summary>\n"
    text += "internal static partial class SystemCallTable\n{\n"
    bodies = []
    for table in TABLES:
        numbers = [calls[table].get(name, -1) for name in names]
        numbers = [n - ARM_PRIVATE + ARM_PRIVATE_STORED if n >= ARM_PRIVATE else n for n in numbers]
        bodies.append(f"    private static ReadOnlySpan<short> {table} =>\n    [\n" + lines(numbers) + "\n    ];\n")
    (folder / "SystemCallTable.Numbers.cs").write_text(text + "\n".join(bodies) + "}\n")
    for table in TABLES:
        print(f"{table}: {len(calls[table])} calls, largest {max(calls[table].values())}")
    print(f"{len(names)} names")


main()
