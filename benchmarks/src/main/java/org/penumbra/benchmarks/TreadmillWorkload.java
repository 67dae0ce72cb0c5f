// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The workloads of treadmill, a small paging supervisor that ships as an ELF for the `virt` board, in two editions:
/// [Suite].
///
/// A run prints one line, `NAME parameter=value... checksum=HEX`, the same on every machine and under all
/// [TreadmillOptions], and ends through the test finisher with 0. What is worth measuring lies between the instruction
/// `slti x0, x0, 1`, at which counters may be reset (the last one executed counts), and the first `slti x0, x0, 2`
/// after it; both do nothing.
public enum TreadmillWorkload {
    /// Copy-on-write.
    FORKEXIT("forks children that write to some pages they share with the parent, and exit",
            0xfae29160e9b8fcb0L, "n=40 pages=64 writes=8 checksum=688ceeefd39aa9da",
            new Parameter("n", 400, 10), new Parameter("pages", 64, 64), new Parameter("writes", 8, 8)),
    /// Short programs.
    FORKEXEC("forks children that run a small program",
            0x62dea8cd54a72eb4L, "n=30 work=500 checksum=2f8a5b4f0e832435",
            new Parameter("n", 300, 8), new Parameter("work", 500, 100)),
    /// Fences by page against one fence for all.
    MMAPCHURN("maps, touches and unmaps regions of min to max pages; more than 64 are fenced at once",
            0x3ede0b0272cf0946L, "min=1 max=128 rounds=1 checksum=0d3bbf9125178942",
            new Parameter("min", 1, 40), new Parameter("max", 128, 80), new Parameter("rounds", 4, 1)),
    /// Permission changes.
    PROTECTFLIP("takes write access from pages and gives it back, writing in between",
            0xd2d4007391578d6dL, "pages=64 rounds=150 checksum=dd9313c121d331cf",
            new Parameter("pages", 64, 64), new Parameter("rounds", 2000, 10)),
    /// Demand zero.
    FAULTSTORM("touches many fresh pages in scattered order and drops them",
            0xf9c0a73ba1275228L, "pages=400 rounds=5 checksum=d2afd5c30cb8ccc7",
            new Parameter("pages", 1000, 400), new Parameter("rounds", 25, 1)),
    /// Context switches.
    PIPEPING("passes a token round a ring of processes through pipes",
            0x5bae698b7aba581aL, "processes=8 rounds=400 pages=8 checksum=91bdd6098fff59d4",
            new Parameter("processes", 8, 10), new Parameter("rounds", 5000, 30), new Parameter("pages", 8, 8)),
    /// Sequential memory, and reclaim if pages are limited.
    SORTLARGE("merge sort of n numbers with at most limit pages (0: no limit), hence reclaim",
            0xaac13bb4c4a82cfeL, "n=20000 limit=80 checksum=b909c4a4150c9a32",
            new Parameter("n", 100000, 5000), new Parameter("limit", 300, 60)),
    /// Random memory.
    HASHJOIN("builds a hash table of one relation and probes it with another",
            0x69b96714b24b01daL, "build=15000 probes=100000 checksum=59947d3687b2ffa2",
            new Parameter("build", 150000, 2000), new Parameter("probes", 1000000, 4000)),
    /// TLB misses.
    POINTERCHASE("follows a random cycle through one word of each page",
            0xd6f8e3156eb8c920L, "pages=2048 steps=500000 checksum=5310e56c331bde59",
            new Parameter("pages", 4096, 1500), new Parameter("steps", 6000000, 5000)),
    /// Short processes that compute.
    COMPILELIKE("compiles generated files, each in a process of its own, and runs the result",
            0x8fcd8c782a13aa61L, "files=6 functions=8 checksum=c4db5ed04907011c",
            new Parameter("files", 40, 2), new Parameter("functions", 12, 4)),
    /// Many clients, many mappings.
    SERVER("serves clients through pipes and keeps mappings for each of them",
            0xe89f6196bd1c435cL, "clients=8 requests=60 mappings=12 checksum=649aa716a7543306",
            new Parameter("clients", 16, 4), new Parameter("requests", 600, 10),
            new Parameter("mappings", 12, 6)),
    /// Boot and timer.
    IDLE("boots and sleeps, some timer ticks of 4 ms at a time",
            0x199c0582b1df1ca1L, "sleeps=20 ticks=5 checksum=db19017e831d79f8",
            new Parameter("sleeps", 100, 4), new Parameter("ticks", 5, 2)),
    /// TLB misses, one for each update.
    GUPS(Suite.FIELD, "RandomAccess of the HPC Challenge: changes random words of a table",
            0xba81f685edf0e8afL, "footprint=8 updates=100000 checksum=c01aad283c566afd",
            new Parameter("footprint", 64, 8), new Parameter("updates", 1000000, 5000)),
    /// TLB misses that depend on each other.
    BTREE(Suite.FIELD, "looks up keys in a B+ tree with nodes of 512 bytes",
            0xa4778a00cbbd73b1L, "footprint=8 lookups=30000 checksum=55b295e529739d8d",
            new Parameter("footprint", 64, 8), new Parameter("lookups", 300000, 2000)),
    /// Random accesses, a few pages more often than others.
    BFS(Suite.FIELD, "breadth-first search of a graph with few vertices of many edges, as Graph500's",
            0x073f9db347fbd5b6L, "footprint=8 edges=200000 checksum=403e92e1a3305429",
            new Parameter("footprint", 64, 8), new Parameter("edges", 2000000, 20000)),
    /// The same beside a sequential stream.
    PAGERANK(Suite.FIELD, "PageRank of such a graph, by pulling",
            0x711bbb91585fd9c5L, "footprint=8 edges=200000 checksum=3f8d1369b5859887",
            new Parameter("footprint", 64, 8), new Parameter("edges", 2000000, 20000)),
    /// Random accesses that do not depend on each other, beside a sequential stream.
    FKJOIN(Suite.FIELD, "hash join without partitions of a relation with one that refers to it (SIGMOD 2011)",
            0x927aa6cfe1dea7c4L, "footprint=8 build=20000 probes=80000 checksum=0f2951a780ddfae8",
            new Parameter("footprint", 64, 8),
            new Parameter("build", 200000, 1000), new Parameter("probes", 800000, 4000)),
    /// Hardly any TLB misses.
    STREAM(Suite.FIELD, "two arrays in order, one changed by the other",
            0x414c0026db11d220L, "footprint=8 words=200000 checksum=0f9e8caa1397ff08",
            new Parameter("footprint", 64, 8), new Parameter("words", 2000000, 20000)),
    /// Page-table entries of one cache line after another.
    STRIDE(Suite.FIELD, "reads a word every stride bytes, round and round",
            0x3e4ee72ed924e203L, "footprint=8 stride=4160 steps=200000 checksum=5dddc00fde661778",
            new Parameter("footprint", 64, 8),
            new Parameter("stride", 4160, 4160), new Parameter("steps", 2000000, 5000)),
    /// TLBs and caches of known sizes.
    STACKCHASE(Suite.FIELD, "a chase that comes back to each page after distance others",
            0x8878f4f86a30eba1L, "footprint=8 distance=512 steps=200000 checksum=971017f6adfe92d0",
            new Parameter("footprint", 64, 8),
            new Parameter("distance", 512, 64), new Parameter("steps", 2000000, 5000));

    /// An edition of treadmill.
    public enum Suite {
        /// What kernels and processes do with page tables.
        KERNEL("treadmill/treadmill.elf", 128L << 20),
        /// The kernels that papers on address translation measure, over 8 MiB to 8 GiB: the name `field` stands for all
        /// of them. Only the pages that they come to take memory of the host.
        FIELD("treadmill/field.elf", 10L << 30);

        private final String resource;
        private final long memory;

        Suite(String resource, long memory) {
            this.resource = resource;
            this.memory = memory;
        }

        /// Bytes of RAM that it needs.
        public long memory() {
            return memory;
        }

        /// The workloads in it, in the order of reports.
        public List<TreadmillWorkload> workloads() {
            return Arrays.stream(TreadmillWorkload.values()).filter(workload -> workload.suite == this).toList();
        }

        String resource() {
            return resource;
        }
    }

    /// A number given on the workload's command line.
    ///
    /// @param name  as in the line the workload prints
    /// @param value the default, not negative
    /// @param small for tests: all of them together make a twentieth of the work at most, and enough for the workload
    ///              to do what it is there for
    public record Parameter(String name, long value, long small) {
    }

    private final Suite suite;
    private final String description;
    private final long checksum;
    /// What it prints after its name with the parameters for a first impression; by QEMU too.
    private final String quick;
    private final List<Parameter> parameters;

    TreadmillWorkload(String description, long checksum, String quick, Parameter... parameters) {
        this(Suite.KERNEL, description, checksum, quick, parameters);
    }

    TreadmillWorkload(Suite suite, String description, long checksum, String quick, Parameter... parameters) {
        this.suite = suite;
        this.description = description;
        this.checksum = checksum;
        this.quick = quick;
        this.parameters = List.of(parameters);
    }

    /// The workload with this name, if there is one.
    public static Optional<TreadmillWorkload> find(String name) {
        return Arrays.stream(values()).filter(workload -> workload.workloadName().equals(name)).findFirst();
    }

    /// The name by which it is chosen and which starts the line it prints.
    public String workloadName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The edition of treadmill that it is in.
    public Suite suite() {
        return suite;
    }

    /// What it does, in half a sentence.
    public String description() {
        return description;
    }

    /// The parameters in the order of the command line, with their defaults.
    public List<Parameter> parameters() {
        return parameters;
    }

    /// The parameters for tests.
    public long[] small() {
        return parameters.stream().mapToLong(Parameter::small).toArray();
    }

    /// The checksum it prints with default parameters.
    public long checksum() {
        return checksum;
    }

    /// The line it prints with default parameters, without the line's end.
    public String expectedOutput() {
        return workloadName() + parameters.stream().map(p -> " " + p.name() + "=" + p.value())
                .collect(Collectors.joining())
                + " checksum=" + String.format("%016x", checksum);
    }

    /// The line it prints with default parameters, or with those that take a tenth of the time.
    public String expectedOutput(boolean quickly) {
        return quickly ? workloadName() + " " + quick : expectedOutput();
    }

    /// The ELF file that runs it.
    ///
    /// @param values of the first parameters; the others keep their defaults
    /// @throws IllegalArgumentException if there are more values than parameters, or a negative one
    public byte[] image(TreadmillOptions options, long... values) {
        if (values.length > parameters.size()) {
            throw new IllegalArgumentException(workloadName() + " takes at most " + parameters.size() + " parameters: "
                    + parameters.stream().map(Parameter::name).collect(Collectors.joining(", ")));
        }
        for (long value : values) {
            if (value < 0) {
                throw new IllegalArgumentException("a parameter of " + workloadName() + " is negative: " + value);
            }
        }
        String line = IntStream.range(0, parameters.size())
                .mapToObj(i -> " " + (i < values.length ? values[i] : parameters.get(i).value()))
                .collect(Collectors.joining("", workloadName(), ""));
        return TreadmillImage.patched(suite, line, options);
    }

    /// The ELF file that tests the kernel and runs every workload with small parameters. It prints a line `PASS WHAT`
    /// or `FAIL WHAT` for each and ends with 0 if all passed.
    public static byte[] selfTest(TreadmillOptions options) {
        return TreadmillImage.patched(Suite.KERNEL, "", options);
    }
}
