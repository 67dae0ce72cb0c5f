// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The workloads for Linux user space, which ship as one static ELF without any library (`benchmarks/linux`).
///
/// The program takes them as arguments `NAME:N:N:N` and does them one after another. Each prints a line
/// `workload NAME parameter=value... checksum=HEX`, the same on every machine, and marks what is worth measuring as
/// [TreadmillWorkload] does; `slti x0, x0, 3` marks the end of the boot.
public enum LinuxWorkload {
    FORK("forks children that write to some pages they share with the parent",
            "n=60 pages=64 writes=8 checksum=8d941641a038580c", "n=10 pages=64 writes=8 checksum=d40d88353c33c565"),
    FORKEXEC("forks children that become a small program",
            "n=30 work=500 checksum=5526dddb2a28d7c3", "n=5 work=500 checksum=bf3047f02a76df02"),
    VFORKEXEC("the same by vfork: the address space is not copied",
            "n=30 work=500 checksum=5526dddb2a28d7c3", "n=5 work=500 checksum=bf3047f02a76df02"),
    THREADS("starts and joins threads on fresh stacks",
            "n=300 work=100 checksum=a6a577effc950696", "n=30 work=100 checksum=04303b335ecfa49e"),
    MMAP("maps, touches and unmaps regions of 1, 2, 4 ... pages",
            "pages=128 rounds=8 checksum=e0a1702f6c4e7fb5", "pages=128 rounds=2 checksum=cb5b8c32809be008"),
    MPROTECT("takes write access from pages and gives it back, writing in between",
            "pages=64 rounds=300 checksum=a37ca9fc58b4a659", "pages=64 rounds=40 checksum=3c01a25c3513908a"),
    MREMAP("moves a region to and fro",
            "pages=64 rounds=300 checksum=0f43fdd2b8d8a682", "pages=64 rounds=40 checksum=8188281eb362b2cf"),
    ANONFAULT("touches fresh anonymous pages in scattered order and drops them",
            "pages=256 rounds=16 checksum=d38367fb97332227", "pages=256 rounds=2 checksum=3a8003a19b698e6c"),
    FILEFAULT("maps a file in memory, reads and writes its pages in scattered order, unmaps it",
            "pages=256 rounds=40 checksum=68cdd5a2b6f2dc3e", "pages=256 rounds=4 checksum=a28b11459464b02e"),
    CHASE("follows a random cycle through one word of each page",
            "pages=4096 steps=1000000 checksum=f3df435a15186e27", "pages=4096 steps=100000 checksum=be141aca793d9983"),
    PIPE("passes a token round a ring of processes through pipes",
            "processes=8 rounds=100 pages=8 checksum=9bcbe7fa59bccdaf",
            "processes=8 rounds=20 pages=8 checksum=9aee25179d7d22f3"),
    FUTEX("passes a turn round processes that wait for it in the kernel",
            "processes=4 rounds=150 checksum=9a2fb2ccee6b0247", "processes=4 rounds=30 checksum=2a766d8b923c78ce"),
    SIGNAL("sends itself signals, and opens closed pages in the handler of the fault",
            "n=500 pages=16 checksum=8fe27b0313e658db", "n=100 pages=16 checksum=de7521d8fea11e8c"),
    SHELL("a loop of the shell with arithmetic, a case and subshells",
            "n=30 checksum=770a979c72172711", "n=5 checksum=ef9e3ee18188b2fc"),
    SORT("the system's sort on lines of text, through pipes",
            "lines=2000 checksum=e2f237336af72eb2", "lines=400 checksum=e8bb16f301f8cc31"),
    GZIP("packs and unpacks text with the system's gzip",
            "kilobytes=64 checksum=1d04fdc905bea578", "kilobytes=16 checksum=4a797a3018f7aa7e"),
    SQLITE("fills, asks and changes a table of sqlite3",
            "rows=10000 checksum=7c84c93110166acb", "rows=1000 checksum=ce8ac177d0a94788", "sqlite3"),
    PYTHON("starts python3", "n=4 checksum=585b3e0bdf44ca11", "n=1 checksum=6e1565920837d479", "python3"),
    REDIS("redis under its own benchmark, four clients",
            "requests=500 checksum=8a7affec55c2754d", "requests=50 checksum=d6339fe6463cdba7", "redis"),
    GCC("compiles, links and runs a C program",
            "functions=20 checksum=4f0cea3b9e1bc3ce", "functions=2 checksum=da372ea4f40d7ff2", "gcc", "libc6-dev");

    private static final String RESOURCE = "linux/work.elf";

    private final String description;
    private final String line;
    private final String quickLine;
    private final List<String> packages;

    /// @param packages of Debian that it takes
    LinuxWorkload(String description, String line, String quickLine, String... packages) {
        this.description = description;
        this.line = line;
        this.quickLine = quickLine;
        this.packages = List.of(packages);
    }

    /// The program.
    public static byte[] program() {
        return Resources.read(RESOURCE);
    }

    /// The workload with this name, if there is one.
    public static Optional<LinuxWorkload> find(String name) {
        return Arrays.stream(values()).filter(workload -> workload.workloadName().equals(name)).findFirst();
    }

    /// The name by which it is chosen.
    public String workloadName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// What it does, in half a sentence.
    public String description() {
        return description;
    }

    /// The packages of Debian that it takes; none if a busybox is enough.
    public List<String> packages() {
        return packages;
    }

    /// What it prints after `workload ` with its default parameters.
    ///
    /// @param quick with those of a run that takes a tenth of the time
    public String expectedOutput(boolean quick) {
        return workloadName() + " " + (quick ? quickLine : line);
    }
}
