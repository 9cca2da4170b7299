using System.Collections.Generic;
using System.Linq;
using FluentAssertions;
using Lade.Configuration;
using Xunit;

namespace Lade.Tests.Configuration;

/// <summary>One small edit makes the minimal config wrong; exactly that is reported, where it is and what is allowed.</summary>
public sealed class BrokenConfigTests
{
    [Theory]
    // Version and root.
    [InlineData("/ociVersion", null, "/ociVersion", "is missing; a string is required")]
    [InlineData("/ociVersion", "1", "/ociVersion", "is a number; a string is required")]
    [InlineData("/ociVersion", "\"\"", "/ociVersion", "is empty")]
    [InlineData("/ociVersion", "\"abc\"", "/ociVersion", "'abc' is no semantic version")]
    [InlineData("/ociVersion", "\"1.0\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"1.03.0\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"1.3.0-\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"1.3.0-01\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"1.3.0+a_b\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"1.2.3.4\"", "/ociVersion", "is no semantic version")]
    [InlineData("/ociVersion", "\"2.0.0\"", "/ociVersion", "any 1.x is allowed")]
    [InlineData("/ociVersion", "\"0.5.0-dev\"", "/ociVersion", "any 1.x is allowed")]
    [InlineData("/root", null, "/root", "is missing")]
    [InlineData("/root", "null", "/root", "is missing")]
    [InlineData("/root", "[]", "/root", "is an array; an object is required")]
    [InlineData("/root", "{}", "/root/path", "is missing")]
    [InlineData("/root/path", "\"\"", "/root/path", "is empty")]
    [InlineData("/root/path", "\"a\\u0000b\"", "/root/path", "has a NUL character")]
    [InlineData("/root/readonly", "\"yes\"", "/root/readonly", "is a string; true or false is required")]
    // Process.
    [InlineData("/process/cwd", null, "/process/cwd", "is missing")]
    [InlineData("/process/cwd", "\"tmp\"", "/process/cwd", "'tmp' is no absolute path")]
    [InlineData("/process/cwd", "7", "/process/cwd", "is a number; a string is required")]
    [InlineData("/process/args", null, "/process/args", "is missing or empty")]
    [InlineData("/process/args", "[]", "/process/args", "is missing or empty")]
    [InlineData("/process/args", "[\"a\", 1]", "/process/args/1", "is a number; a string is required")]
    [InlineData("/process/args", "[\"a\\u0000\"]", "/process/args/0", "has a NUL character")]
    [InlineData("/process/env", "[\"A=b\", \"SECRET\"]", "/process/env/1", "has no '='; NAME=VALUE is required")]
    [InlineData("/process/env", "[\"=b\"]", "/process/env/0", "has an empty name")]
    [InlineData("/process/env", "{}", "/process/env", "is an object; an array is required")]
    [InlineData("/process/terminal", "1", "/process/terminal", "is a number; true or false is required")]
    [InlineData("/process/consoleSize", "{\"width\": 80}", "/process/consoleSize/height", "is missing; an integer is required")]
    [InlineData("/process/consoleSize", "{\"height\": 80}", "/process/consoleSize/width", "is missing; an integer is required")]
    [InlineData("/process/user/uid", "-1", "/process/user/uid", "-1 is out of range; an integer from 0 to 4294967295 is allowed")]
    [InlineData("/process/user/uid", "1.5", "/process/user/uid", "1.5 is no integer")]
    [InlineData("/process/user/uid", "1e3", "/process/user/uid", "1e3 is no integer")]
    [InlineData("/process/user/uid", "4294967295", "/process/user/uid", "is no id")]
    [InlineData("/process/user/gid", "4294967296", "/process/user/gid", "is out of range")]
    [InlineData("/process/user/gid", "4294967295", "/process/user/gid", "is no id")]
    [InlineData("/process/user/umask", "512", "/process/user/umask", "512 is out of range; an integer from 0 to 511 is allowed")]
    [InlineData("/process/user/additionalGids", "[1, \"2\"]", "/process/user/additionalGids/1", "is a string; a number is required")]
    [InlineData("/process/user/additionalGids", "[4294967295]", "/process/user/additionalGids/0", "is no id")]
    [InlineData("/process/rlimits", "[{\"type\": \"RLIMIT_TEST\", \"soft\": 1, \"hard\": 1}]", "/process/rlimits/0/type", "'RLIMIT_TEST' is unknown; allowed are RLIMIT_AS, ")]
    [InlineData("/process/rlimits", "[{\"soft\": 1, \"hard\": 1}]", "/process/rlimits/0/type", "is missing; one of these is required: RLIMIT_AS, ")]
    [InlineData("/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"hard\": 1}]", "/process/rlimits/0/soft", "is missing")]
    [InlineData("/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"soft\": 2, \"hard\": 1}]", "/process/rlimits/0/soft", "2 is above the hard limit; at most 1 is allowed")]
    [InlineData("/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 1}, {\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 1}]", "/process/rlimits/1/type", "is listed twice")]
    [InlineData("/process/rlimits", "[{\"type\": \"RLIMIT_CPU\", \"soft\": 1, \"hard\": 18446744073709551616}]", "/process/rlimits/0/hard", "is out of range; an integer from 0 to 18446744073709551615 is allowed")]
    [InlineData("/process/capabilities", "{\"bounding\": \"CAP_KILL\"}", "/process/capabilities/bounding", "is a string; an array is required")]
    [InlineData("/process/noNewPrivileges", "\"true\"", "/process/noNewPrivileges", "is a string; true or false is required")]
    [InlineData("/process/oomScoreAdj", "1001", "/process/oomScoreAdj", "1001 is out of range; an integer from -1000 to 1000 is allowed")]
    [InlineData("/process/oomScoreAdj", "-1001", "/process/oomScoreAdj", "is out of range")]
    [InlineData("/process/oomScoreAdj", "1e400", "/process/oomScoreAdj", "is no integer")]
    [InlineData("/process/scheduler", "{\"nice\": 1}", "/process/scheduler/policy", "is missing; one of these is required: SCHED_OTHER, ")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_X\"}", "/process/scheduler/policy", "'SCHED_X' is unknown")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_OTHER\", \"flags\": [\"SCHED_FLAG_X\"]}", "/process/scheduler/flags/0", "is unknown; allowed are SCHED_FLAG_RESET_ON_FORK, ")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_ISO\"}", "/process/scheduler/policy", "it has no such scheduler")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_OTHER\", \"nice\": 20}", "/process/scheduler/nice", "20 is out of range; an integer from -20 to 19")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_IDLE\", \"nice\": -21}", "/process/scheduler/nice", "-21 is out of range")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_BATCH\", \"priority\": 1}", "/process/scheduler/priority", "only SCHED_FIFO and SCHED_RR have one")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_RR\"}", "/process/scheduler/priority", "0 is out of range; SCHED_RR allows an integer from 1 to 99")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_FIFO\", \"priority\": 100}", "/process/scheduler/priority", "100 is out of range")]
    [InlineData("/process/scheduler", "{\"policy\": \"SCHED_FIFO\", \"priority\": 1, \"period\": 5}", "/process/scheduler", "which only SCHED_DEADLINE has")]
    [InlineData("/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_NONE\", \"priority\": 1}", "/process/ioPriority/class", "is unknown; allowed are IOPRIO_CLASS_RT, ")]
    [InlineData("/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\", \"priority\": 8}", "/process/ioPriority/priority", "8 is out of range; an integer from 0 to 7 is allowed")]
    [InlineData("/process/ioPriority", "{\"class\": \"IOPRIO_CLASS_BE\"}", "/process/ioPriority/priority", "is missing")]
    [InlineData("/process/execCPUAffinity", "{\"initial\": \"0-3,a\"}", "/process/execCPUAffinity/initial", "'0-3,a' is no list of numbers")]
    [InlineData("/process/execCPUAffinity", "{\"final\": \"3-1\"}", "/process/execCPUAffinity/final", "is no list of numbers")]
    // Mounts.
    [InlineData("/mounts", "{}", "/mounts", "is an object; an array is required")]
    [InlineData("/mounts", "[7]", "/mounts/0", "is a number; an object is required")]
    [InlineData("/mounts", "[{\"type\": \"proc\"}]", "/mounts/0/destination", "is missing")]
    [InlineData("/mounts/0/destination", "\"\"", "/mounts/0/destination", "is empty")]
    [InlineData("/mounts", "[{\"destination\": \"/a\"}]", "/mounts/0/type", "is missing; a filesystem type")]
    [InlineData("/mounts", "[{\"destination\": \"/a\", \"type\": \"bind\", \"source\": \"/b\"}]", "/mounts/0/type", "add the option bind or rbind")]
    [InlineData("/mounts", "[{\"destination\": \"/a\", \"options\": [\"bind\"]}]", "/mounts/0/source", "a bind mount requires a path")]
    [InlineData("/mounts", "[{\"destination\": \"/a\", \"source\": \"\", \"options\": [\"rbind\"]}]", "/mounts/0/source", "a bind mount requires a path")]
    [InlineData("/mounts/0/options", "[true]", "/mounts/0/options/0", "is a boolean; a string is required")]
    [InlineData("/mounts/0/options", "[\"idmap\"]", "/mounts/0/options/0", "'idmap' has no mappings to use")]
    [InlineData("/mounts/0/options", "[\"ro\", \"ridmap=uids=0-1\"]", "/mounts/0/options/1", "'ridmap=uids=0-1': '0-1' is no range; three numbers with dashes between them are required")]
    [InlineData("/mounts/0/options", "[\"idmap=uids=0-0-1\"]", "/mounts/0/options/0", "gids are missing; without a user namespace both are required")]
    [InlineData("/mounts/0/options", "[\"idmap=uids=0-0-0;gids=0-0-1\"]", "/mounts/0/options/0/0/size", "is 0; at least 1 is required")]
    [InlineData("/mounts/0/options", "[\"remount\", \"idmap=uids=0-0-1;gids=0-0-1\"]", "/mounts/0", "is a remount with an id mapping")]
    [InlineData("/mounts/0/uidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]", "/mounts/0/gidMappings", "uidMappings and gidMappings are required together")]
    [InlineData("/mounts/0/gidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]", "/mounts/0/uidMappings", "uidMappings and gidMappings are required together")]
    // Names, hooks, annotations.
    [InlineData("/hostname", "[\"a\"]", "/hostname", "is an array; a string is required")]
    [InlineData("/hostname", "\"0123456789012345678901234567890123456789012345678901234567890123x\"", "/hostname", "64 bytes are allowed")]
    [InlineData("/hooks/prestart", "[{}]", "/hooks/prestart/0/path", "is missing")]
    [InlineData("/hooks/poststop", "[{\"path\": \"hook.sh\"}]", "/hooks/poststop/0/path", "'hook.sh' is no absolute path")]
    [InlineData("/hooks/createRuntime", "[{\"path\": \"/a\", \"timeout\": 0}]", "/hooks/createRuntime/0/timeout", "0 is out of range; an integer from 1 to ")]
    [InlineData("/hooks/createContainer", "[{\"path\": \"/a\", \"timeout\": -1}]", "/hooks/createContainer/0/timeout", "-1 is out of range")]
    [InlineData("/hooks/startContainer", "[{\"path\": \"/a\", \"env\": [\"A\"]}]", "/hooks/startContainer/0/env/0", "has no '='")]
    [InlineData("/hooks/poststart", "{}", "/hooks/poststart", "is an object; an array is required")]
    [InlineData("/annotations", "[]", "/annotations", "is an array; an object is required")]
    [InlineData("/annotations", "{\"\": \"x\"}", "/annotations/", "has an empty name")]
    [InlineData("/annotations", "{\"a/b\": 1}", "/annotations/a~1b", "is a number; a string is required")]
    // Namespaces and id maps.
    [InlineData("/linux", "7", "/linux", "is a number; an object is required")]
    [InlineData("/linux/namespaces/0", "{}", "/linux/namespaces/0/type", "is missing; one of these is required: pid, network, ")]
    [InlineData("/linux/namespaces/0/type", "\"foo\"", "/linux/namespaces/0/type", "'foo' is unknown; allowed are pid, network, mount, ipc, uts, user, cgroup, time")]
    [InlineData("/linux/namespaces/0/type", "\"uts\"", "/linux/namespaces/2/type", "is listed twice")]
    [InlineData("/linux/namespaces/0/path", "\"ns\"", "/linux/namespaces/0/path", "is no absolute path")]
    [InlineData("/linux/uidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]", "/linux/uidMappings", "needs a user namespace")]
    [InlineData("/linux/gidMappings", "[{\"containerID\": 0, \"hostID\": 0, \"size\": 1}]", "/linux/gidMappings", "needs a user namespace")]
    [InlineData("/linux/timeOffsets", "{\"monotonic\": {\"secs\": 1}}", "/linux/timeOffsets", "needs a new time namespace")]
    // Devices.
    [InlineData("/linux/devices", "[{\"type\": \"x\", \"path\": \"/a\"}]", "/linux/devices/0/type", "'x' is unknown; allowed are c, b, u, p")]
    [InlineData("/linux/devices", "[{\"type\": \"p\"}]", "/linux/devices/0/path", "is missing")]
    [InlineData("/linux/devices", "[{\"type\": \"p\", \"path\": \"dev/a\"}]", "/linux/devices/0/path", "is no absolute path")]
    [InlineData("/linux/devices", "[{\"type\": \"c\", \"path\": \"/a\", \"minor\": 1}]", "/linux/devices/0/major", "every type but p requires it")]
    [InlineData("/linux/devices", "[{\"type\": \"b\", \"path\": \"/a\", \"major\": 1}]", "/linux/devices/0/minor", "every type but p requires it")]
    [InlineData("/linux/devices", "[{\"type\": \"c\", \"path\": \"/a\", \"major\": 4096, \"minor\": 1}]", "/linux/devices/0/major", "is out of range; an integer from 0 to 4095 is allowed")]
    [InlineData("/linux/devices", "[{\"type\": \"p\", \"path\": \"/a\", \"fileMode\": 8192}]", "/linux/devices/0/fileMode", "octal 7777")]
    [InlineData("/linux/devices", "[{\"type\": \"c\", \"path\": \"/a\", \"major\": 1, \"minor\": 1, \"fileMode\": 24996}]", "/linux/devices/0/fileMode", "octal 7777")]
    // Network devices.
    [InlineData("/linux/netDevices", "{\"eth0\": {\"name\": 5}}", "/linux/netDevices/eth0/name", "is a number; a string is required")]
    [InlineData("/linux/netDevices", "{\"eth0\": {\"name\": \"a b\"}}", "/linux/netDevices/eth0/name", "is no interface name")]
    [InlineData("/linux/netDevices", "{\"eth0\": {\"name\": \"a%d%d\"}}", "/linux/netDevices/eth0/name", "is no interface name")]
    [InlineData("/linux/netDevices", "{\"eth0123456789abc\": {}}", "/linux/netDevices/eth0123456789abc", "is no interface name")]
    [InlineData("/linux/netDevices", "{\"a\": {\"name\": \"x\"}, \"b\": {\"name\": \"x\"}}", "/linux/netDevices/b/name", "is the name of another device too")]
    [InlineData("/linux/netDevices", "{\"a\": 1}", "/linux/netDevices/a", "is a number; an object is required")]
    // Control groups.
    [InlineData("/linux/cgroupsPath", "\"../x\"", "/linux/cgroupsPath", "leads out of the cgroup hierarchy")]
    [InlineData("/linux/cgroupsPath", "\"/a/../../x\"", "/linux/cgroupsPath", "leads out of the cgroup hierarchy")]
    [InlineData("/linux/resources/devices", "[{\"access\": \"rwm\"}]", "/linux/resources/devices/0/allow", "is missing; true or false is required")]
    [InlineData("/linux/resources/devices", "[{\"allow\": true, \"type\": \"x\"}]", "/linux/resources/devices/0/type", "'x' is unknown; allowed are a, b, c")]
    [InlineData("/linux/resources/devices", "[{\"allow\": true, \"access\": \"rz\"}]", "/linux/resources/devices/0/access", "some of the letters r, w and m")]
    [InlineData("/linux/resources/devices", "[{\"allow\": true, \"major\": -2}]", "/linux/resources/devices/0/major", "is out of range")]
    [InlineData("/linux/resources/memory", "{\"limit\": \"1G\"}", "/linux/resources/memory/limit", "is a string; a number is required")]
    [InlineData("/linux/resources/memory", "{\"limit\": 9223372036854775808}", "/linux/resources/memory/limit", "is out of range")]
    [InlineData("/linux/resources/memory", "{\"limit\": -2}", "/linux/resources/memory/limit", "is out of range; an integer from -1 to ")]
    [InlineData("/linux/resources/memory", "{\"swappiness\": 101}", "/linux/resources/memory/swappiness", "101 is out of range; an integer from 0 to 100 is allowed")]
    [InlineData("/linux/resources/memory", "{\"limit\": 200, \"swap\": 100}", "/linux/resources/memory/swap", "at least 200 is required")]
    [InlineData("/linux/resources/cpu", "{\"quota\": 100, \"burst\": 101}", "/linux/resources/cpu/burst", "at most 100 is allowed")]
    [InlineData("/linux/resources/cpu", "{\"idle\": 2}", "/linux/resources/cpu/idle", "2 is out of range; an integer from 0 to 1 is allowed")]
    [InlineData("/linux/resources/cpu", "{\"cpus\": \"zero\"}", "/linux/resources/cpu/cpus", "'zero' is no list of numbers")]
    [InlineData("/linux/resources/cpu", "{\"mems\": \"0-\"}", "/linux/resources/cpu/mems", "'0-' is no list of numbers")]
    [InlineData("/linux/resources/cpu", "{\"shares\": -1}", "/linux/resources/cpu/shares", "-1 is out of range; an integer from 0 to 18446744073709551615 is allowed")]
    [InlineData("/linux/resources/blockIO", "{\"weight\": 9}", "/linux/resources/blockIO/weight", "9 is out of range; an integer from 10 to 1000 is allowed")]
    [InlineData("/linux/resources/blockIO", "{\"leafWeight\": 1001}", "/linux/resources/blockIO/leafWeight", "is out of range")]
    [InlineData("/linux/resources/blockIO", "{\"weight\": 65536}", "/linux/resources/blockIO/weight", "is out of range")]
    [InlineData("/linux/resources/blockIO", "{\"weightDevice\": [{\"major\": 8, \"minor\": 0}]}", "/linux/resources/blockIO/weightDevice/0", "has no weight")]
    [InlineData("/linux/resources/blockIO", "{\"weightDevice\": [{\"minor\": 0, \"weight\": 10}]}", "/linux/resources/blockIO/weightDevice/0/major", "is missing")]
    [InlineData("/linux/resources/blockIO", "{\"throttleReadIOPSDevice\": [{\"major\": 8, \"minor\": 0}]}", "/linux/resources/blockIO/throttleReadIOPSDevice/0/rate", "is missing")]
    [InlineData("/linux/resources/hugepageLimits", "[{\"pageSize\": \"64kB\", \"limit\": 1}]", "/linux/resources/hugepageLimits/0/pageSize", "'64kB' is no page size")]
    [InlineData("/linux/resources/hugepageLimits", "[{\"pageSize\": \"02MB\", \"limit\": 1}]", "/linux/resources/hugepageLimits/0/pageSize", "is no page size")]
    [InlineData("/linux/resources/hugepageLimits", "[{\"pageSize\": \"../2MB\", \"limit\": 1}]", "/linux/resources/hugepageLimits/0/pageSize", "is no page size")]
    [InlineData("/linux/resources/hugepageLimits", "[{\"pageSize\": \"2MB\"}]", "/linux/resources/hugepageLimits/0/limit", "is missing")]
    [InlineData("/linux/resources/network", "{\"priorities\": [{\"name\": \"eth0\"}]}", "/linux/resources/network/priorities/0/priority", "is missing")]
    [InlineData("/linux/resources/network", "{\"priorities\": [{\"priority\": 1}]}", "/linux/resources/network/priorities/0/name", "is missing")]
    [InlineData("/linux/resources/pids", "{\"limit\": -2}", "/linux/resources/pids/limit", "-2 is out of range")]
    [InlineData("/linux/resources/rdma", "{\"mlx5_1\": {}}", "/linux/resources/rdma/mlx5_1", "has no limit")]
    [InlineData("/linux/resources/rdma", "{\"mlx5_1\": {\"hcaHandles\": \"3\"}}", "/linux/resources/rdma/mlx5_1/hcaHandles", "is a string; a number is required")]
    [InlineData("/linux/resources/unified", "{\"../memory.max\": \"1\"}", "/linux/resources/unified/..~1memory.max", "one without a slash is required")]
    [InlineData("/linux/resources/unified", "{\"memory.max\": 1}", "/linux/resources/unified/memory.max", "is a number; a string is required")]
    // resctrl and memory policy.
    [InlineData("/linux/intelRdt", "{\"closID\": \"..\"}", "/linux/intelRdt/closID", "is no name of a group")]
    [InlineData("/linux/intelRdt", "{\"closID\": \"a/b\"}", "/linux/intelRdt/closID", "is no name of a group")]
    [InlineData("/linux/intelRdt", "{\"l3CacheSchema\": \"X:0=1\"}", "/linux/intelRdt/l3CacheSchema", "does not begin with L3")]
    [InlineData("/linux/intelRdt", "{\"memBwSchema\": \"X:0=1\"}", "/linux/intelRdt/memBwSchema", "begins with MB:")]
    [InlineData("/linux/intelRdt", "{\"memBwSchema\": \"MB:0=1\\nL3:0=f\"}", "/linux/intelRdt/memBwSchema", "one line")]
    [InlineData("/linux/intelRdt", "{\"schemata\": [\"L3:0=f\\nMB:0=1\"]}", "/linux/intelRdt/schemata/0", "one line")]
    [InlineData("/linux/memoryPolicy", "{}", "/linux/memoryPolicy/mode", "is missing; one of these is required: MPOL_DEFAULT, ")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_X\"}", "/linux/memoryPolicy/mode", "'MPOL_X' is unknown")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\"}", "/linux/memoryPolicy/nodes", "MPOL_BIND requires at least one node")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"\"}", "/linux/memoryPolicy/nodes", "MPOL_BIND requires at least one node")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_LOCAL\", \"nodes\": \"0\"}", "/linux/memoryPolicy/nodes", "MPOL_LOCAL allows none")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"x\"}", "/linux/memoryPolicy/nodes", "'x' is no list of numbers")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_X\"]}", "/linux/memoryPolicy/flags/0", "'MPOL_F_X' is unknown")]
    [InlineData("/linux/memoryPolicy", "{\"mode\": \"MPOL_BIND\", \"nodes\": \"0\", \"flags\": [\"MPOL_F_STATIC_NODES\", \"MPOL_F_RELATIVE_NODES\"]}", "/linux/memoryPolicy/flags", "one of them is allowed")]
    // Sysctls.
    [InlineData("/linux/sysctl", "{\"vm.swappiness\": \"1\"}", "/linux/sysctl/vm.swappiness", "is a setting of the whole host")]
    [InlineData("/linux/sysctl", "{\"kernel.core_pattern\": \"|/x\"}", "/linux/sysctl/kernel.core_pattern", "is a setting of the whole host")]
    [InlineData("/linux/sysctl", "{\"kernel.shmmax2\": \"1\"}", "/linux/sysctl/kernel.shmmax2", "is a setting of the whole host")]
    [InlineData("/linux/sysctl", "{\"kernel.hostname\": \"x\"}", "/linux/sysctl/kernel.hostname", "use /hostname")]
    [InlineData("/linux/sysctl", "{\"user.max_user_namespaces\": \"1\"}", "/linux/sysctl/user.max_user_namespaces", "needs a namespace of type user")]
    [InlineData("/linux/sysctl", "{\"net/../kernel/core_pattern\": \"1\"}", "/linux/sysctl/net~1..~1kernel~1core_pattern", "is no name of a setting")]
    [InlineData("/linux/sysctl", "{\"net.//.kernel\": \"1\"}", "/linux/sysctl/net.~1~1.kernel", "is no name of a setting")]
    [InlineData("/linux/sysctl", "{\"net\": \"1\"}", "/linux/sysctl/net", "is no name of a setting")]
    [InlineData("/linux/sysctl", "{\"net.ipv4.ip_forward\": 1}", "/linux/sysctl/net.ipv4.ip_forward", "is a number; a string is required")]
    // Seccomp.
    [InlineData("/linux/seccomp", "{}", "/linux/seccomp/defaultAction", "is missing; one of these is required: SCMP_ACT_KILL, ")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_X\"}", "/linux/seccomp/defaultAction", "'SCMP_ACT_X' is unknown")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/s\"}", "/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY is no default")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"defaultErrnoRet\": 1}", "/linux/seccomp/defaultErrnoRet", "has no meaning for SCMP_ACT_ALLOW")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 4096}", "/linux/seccomp/defaultErrnoRet", "an integer from 0 to 4095 is allowed")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"SCMP_ARCH_FOO\"]}", "/linux/seccomp/architectures/0", "'SCMP_ARCH_FOO' is unknown")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"SECCOMP_FILTER_FLAG_NEW_LISTENER\"]}", "/linux/seccomp/flags/0", "is unknown; allowed are SECCOMP_FILTER_FLAG_TSYNC, ")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerMetadata\": \"x\"}", "/linux/seccomp/listenerMetadata", "listenerPath is required beside it")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_LOG\"}]}", "/linux/seccomp/syscalls/0/names", "at least one system call")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"\"], \"action\": \"SCMP_ACT_LOG\"}]}", "/linux/seccomp/syscalls/0/names/0", "is empty")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"]}]}", "/linux/seccomp/syscalls/0/action", "is missing")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_KILL\", \"errnoRet\": 1}]}", "/linux/seccomp/syscalls/0/errnoRet", "has no meaning for SCMP_ACT_KILL")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_TRACE\", \"errnoRet\": 65536}]}", "/linux/seccomp/syscalls/0/errnoRet", "an integer from 0 to 65535 is allowed")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/s\", \"syscalls\": [{\"names\": [\"read\", \"write\"], \"action\": \"SCMP_ACT_NOTIFY\"}]}", "/linux/seccomp/syscalls/0/action", "SCMP_ACT_NOTIFY cannot be used for the write syscall")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 6, \"value\": 0, \"op\": \"SCMP_CMP_EQ\"}]}]}", "/linux/seccomp/syscalls/0/args/0/index", "6 is out of range; an integer from 0 to 5 is allowed")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 5, \"value\": 0, \"op\": \"EQ\"}]}]}", "/linux/seccomp/syscalls/0/args/0/op", "'EQ' is unknown; allowed are SCMP_CMP_NE, ")]
    [InlineData("/linux/seccomp", "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"read\"], \"action\": \"SCMP_ACT_LOG\", \"args\": [{\"index\": 5, \"op\": \"SCMP_CMP_EQ\"}]}]}", "/linux/seccomp/syscalls/0/args/0/value", "is missing")]
    // The rest of the Linux section.
    [InlineData("/linux/rootfsPropagation", "\"rsharedd\"", "/linux/rootfsPropagation", "is unknown; allowed are shared, slave, private, unbindable, rshared")]
    [InlineData("/linux/maskedPaths", "[\"proc/kcore\"]", "/linux/maskedPaths/0", "'proc/kcore' is no absolute path")]
    [InlineData("/linux/readonlyPaths", "[\"/a\", \"\"]", "/linux/readonlyPaths/1", "'' is no absolute path")]
    [InlineData("/linux/personality", "{}", "/linux/personality/domain", "is missing; one of these is required: LINUX, LINUX32")]
    [InlineData("/linux/personality", "{\"domain\": \"BSD\"}", "/linux/personality/domain", "'BSD' is unknown")]
    [InlineData("/linux/personality", "{\"domain\": \"LINUX\", \"flags\": [\"X\"]}", "/linux/personality/flags", "the specification knows none")]
    public void IsRefused(string editAt, string? json, string pointer, string message)
    {
        IEnumerable<ConfigProblem> problems = ConfigDocument.ProblemsOf(ConfigDocument.With(editAt, json));

        problems.Should().ContainSingle().Which.Should().Match<ConfigProblem>(p => p.Pointer.ToString() == pointer && p.Message.Contains(message));
    }

    [Theory]
    [InlineData("mount", "/linux/maskedPaths", "[\"/proc/kcore\"]", "/linux/maskedPaths", "needs a mount namespace")]
    [InlineData("mount", "/linux/readonlyPaths", "[\"/proc/sys\"]", "/linux/readonlyPaths", "needs a mount namespace")]
    [InlineData("mount", "/linux/rootfsPropagation", "\"slave\"", "/linux/rootfsPropagation", "needs a mount namespace")]
    [InlineData("mount", "/linux/namespaces/0", "{\"type\": \"user\", \"path\": \"/n\"}", "/linux/namespaces", "has a user namespace but no mount namespace")]
    [InlineData("uts", "/hostname", "\"a\"", "/hostname", "needs a uts namespace")]
    [InlineData("uts", "/domainname", "\"a\"", "/domainname", "needs a uts namespace")]
    [InlineData("uts", "/linux/sysctl", "{\"kernel.domainname\": \"a\"}", "/linux/sysctl/kernel.domainname", "needs a namespace of type uts")]
    [InlineData("ipc", "/linux/sysctl", "{\"kernel.shmmax\": \"1\"}", "/linux/sysctl/kernel.shmmax", "needs a namespace of type ipc")]
    [InlineData("ipc", "/linux/sysctl", "{\"fs.mqueue.msg_max\": \"1\"}", "/linux/sysctl/fs.mqueue.msg_max", "needs a namespace of type ipc")]
    [InlineData("network", "/linux/sysctl", "{\"net.ipv4.ip_forward\": \"1\"}", "/linux/sysctl/net.ipv4.ip_forward", "needs a namespace of type network")]
    [InlineData("network", "/linux/netDevices", "{\"eth0\": {}}", "/linux/netDevices", "needs a network namespace")]
    public void Needs_namespace(string type, string editAt, string json, string pointer, string message)
    {
        string others = string.Join(",", new[] { "pid", "mount", "uts", "ipc", "network" }.Where(t => t != type).Select(t => $$"""{"type": "{{t}}"}"""));
        string document = ConfigDocument.Edit(ConfigDocument.With("/linux/namespaces", "[" + others + "]"), editAt, json);

        if (type == "mount")
            document = ConfigDocument.Edit(document, "/mounts", null);

        ConfigDocument.ProblemsOf(document).Should().ContainSingle()
            .Which.Should().Match<ConfigProblem>(p => p.Pointer.ToString() == pointer && p.Message.Contains(message));
    }

    [Theory]
    [InlineData("/linux", "{}", "/linux/namespaces", "/mounts")]
    [InlineData("/linux", null, "/linux", "/mounts")]
    [InlineData("/root/readonly", "true", "/linux/namespaces", "/root/readonly")]
    public void Mounts_need_a_mount_namespace(string editAt, string? json, string pointer, string property)
    {
        string document = ConfigDocument.Edit(ConfigDocument.With("/linux/namespaces", "[]"), editAt, json);
        if (property != "/mounts")
            document = ConfigDocument.Edit(document, "/mounts", null);

        ConfigDocument.ProblemsOf(document).Should().ContainSingle()
            .Which.Should().Be(new ConfigProblem(new JsonPointer(pointer), "has no mount namespace; " + property + " requires one"));
    }

    [Theory]
    [InlineData("[{\"containerID\": 0, \"hostID\": 0, \"size\": 0}]", "/linux/uidMappings/0/size", "is 0")]
    [InlineData("[{\"containerID\": 0, \"hostID\": 0}]", "/linux/uidMappings/0/size", "is missing")]
    [InlineData("[{\"containerID\": 0, \"hostID\": 4294967295, \"size\": 1}]", "/linux/uidMappings/0/size", "beyond the last id")]
    [InlineData("[{\"containerID\": 4294967290, \"hostID\": 0, \"size\": 6}]", "/linux/uidMappings/0/size", "beyond the last id")]
    [InlineData("[{\"containerID\": 0, \"hostID\": 0, \"size\": 10}, {\"containerID\": 9, \"hostID\": 100, \"size\": 1}]", "/linux/uidMappings/1/containerID", "overlaps with range 0")]
    [InlineData("[{\"containerID\": 0, \"hostID\": 0, \"size\": 10}, {\"containerID\": 10, \"hostID\": 5, \"size\": 1}]", "/linux/uidMappings/1/hostID", "overlaps with range 0")]
    [InlineData("[]", "/linux/uidMappings", "is missing; a new user namespace requires")]
    public void User_namespace_needs_sound_maps(string uidMappings, string pointer, string message)
    {
        string document = ConfigDocument.With("/linux/namespaces/0/type", "\"user\"");
        document = ConfigDocument.Edit(document, "/linux/uidMappings", uidMappings);
        document = ConfigDocument.Edit(document, "/linux/gidMappings", """[{"containerID": 0, "hostID": 0, "size": 1}]""");

        ConfigDocument.ProblemsOf(document).Should().ContainSingle()
            .Which.Should().Match<ConfigProblem>(p => p.Pointer.ToString() == pointer && p.Message.Contains(message));
    }

    [Theory]
    [InlineData("""{"uid": 10, "gid": 0}""", "/process/user/uid")]
    [InlineData("""{"uid": 9, "gid": 20}""", "/process/user/gid")]
    [InlineData("""{"uid": 0, "gid": 0, "additionalGids": [1, 10]}""", "/process/user/additionalGids/1")]
    public void User_must_be_mapped(string user, string pointer)
    {
        string document = ConfigDocument.With("/linux/namespaces/0/type", "\"user\"");
        document = ConfigDocument.Edit(document, "/linux/uidMappings", """[{"containerID": 0, "hostID": 100, "size": 10}]""");
        document = ConfigDocument.Edit(document, "/linux/gidMappings", """[{"containerID": 0, "hostID": 100, "size": 10}]""");
        document = ConfigDocument.Edit(document, "/process/user", user);

        ConfigDocument.ProblemsOf(document).Should().ContainSingle()
            .Which.Should().Match<ConfigProblem>(p => p.Pointer.ToString() == pointer && p.Message.Contains("in no range"));
    }

    [Fact]
    public void Map_has_at_most_340_ranges()
    {
        string document = ConfigDocument.With("/linux/namespaces/0/type", "\"user\"");
        document = ConfigDocument.Edit(document, "/linux/uidMappings", Ranges(340));
        document = ConfigDocument.Edit(document, "/linux/gidMappings", Ranges(341));

        ConfigDocument.ProblemsOf(document).Should().ContainSingle().Which.ToString().Should().Be("/linux/gidMappings: has 341 ranges; 340 are allowed");

        static string Ranges(int count) =>
            "[" + string.Join(",", Enumerable.Range(0, count).Select(i => $$"""{"containerID": {{i}}, "hostID": {{i}}, "size": 1}""")) + "]";
    }

    [Theory]
    [InlineData("{\"realtime\": {\"secs\": 1}}", "/linux/timeOffsets/realtime", "allowed are monotonic, boottime")]
    [InlineData("{\"monotonic\": {\"nanosecs\": 1000000000}}", "/linux/timeOffsets/monotonic/nanosecs", "an integer from 0 to 999999999 is allowed")]
    [InlineData("{\"boottime\": {\"secs\": true}}", "/linux/timeOffsets/boottime/secs", "is a boolean; a number is required")]
    public void Time_offsets(string offsets, string pointer, string message)
    {
        string document = ConfigDocument.Edit(ConfigDocument.With("/linux/namespaces/0/type", "\"time\""), "/linux/timeOffsets", offsets);

        ConfigDocument.ProblemsOf(document).Should().ContainSingle()
            .Which.Should().Match<ConfigProblem>(p => p.Pointer.ToString() == pointer && p.Message.Contains(message));
    }

    [Fact]
    public void Joined_time_namespace_takes_no_offsets()
    {
        string document = ConfigDocument.With("/linux/namespaces/0", """{"type": "time", "path": "/proc/1/ns/time"}""");
        document = ConfigDocument.Edit(document, "/linux/timeOffsets", """{"monotonic": {"secs": 1}}""");

        ConfigDocument.ProblemsOf(document).Should().ContainSingle().Which.Pointer.ToString().Should().Be("/linux/timeOffsets");
    }

    [Fact]
    public void Terminal_size_matters_only_with_terminal()
    {
        string document = ConfigDocument.With("/process/consoleSize", """{"height": 65536, "width": 80}""");

        ConfigDocument.ProblemsOf(document).Should().BeEmpty();
        ConfigDocument.ProblemsOf(ConfigDocument.Edit(document, "/process/terminal", "true")).Should().ContainSingle()
            .Which.Pointer.ToString().Should().Be("/process/consoleSize");
    }

    [Fact]
    public void Many_problems_come_together()
    {
        string document = ConfigDocument.With("/ociVersion", "\"2.0.0\"");
        document = ConfigDocument.Edit(document, "/process/cwd", "\"tmp\"");
        document = ConfigDocument.Edit(document, "/process/user/uid", "-1");
        document = ConfigDocument.Edit(document, "/linux/namespaces/0/type", "\"foo\"");
        document = ConfigDocument.Edit(document, "/linux/seccomp", """{"defaultAction": 7}""");

        IReadOnlyList<ConfigProblem> problems = ConfigDocument.ProblemsOf(document);

        problems.Select(p => p.Pointer.ToString()).Should().BeEquivalentTo(
            "/ociVersion", "/process/cwd", "/process/user/uid", "/linux/namespaces/0/type", "/linux/seccomp/defaultAction");
    }

    [Fact]
    public void Error_names_file_and_every_problem()
    {
        System.Action read = () => ConfigDocument.Read(ConfigDocument.Edit(ConfigDocument.With("/root", null), "/process/cwd", "\"x\""));

        read.Should().Throw<LadeException>().Where(e => e.Problems.Count == 2)
            .WithMessage("config.json: 2 problems: */root: is missing*/process/cwd: 'x' is no absolute path*");
    }

    [Fact]
    public void Environment_values_are_never_shown() =>
        ConfigDocument.ProblemsOf(ConfigDocument.With("/process/env", """["hunter2"]""")).Should().ContainSingle()
            .Which.Message.Should().NotContain("hunter2");
}
