// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What Linux tells of the computer that Penumbra runs on: the sizes of its caches, and on AMD's that of its TLB. What
/// it does not tell stays as the preset has it.
final class HostComputer {
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final int MOST_CACHES = 8;

    private HostComputer() {
    }

    static TimingParameters describe(TimingParameters preset) {
        TimingParameters host = preset;
        for (int index = 0; index < MOST_CACHES; index++) {
            Path cache = CACHES.resolve("index" + index);
            String type = read(cache.resolve("type")).orElse("");
            String level = read(cache.resolve("level")).orElse("");
            if (level.equals("1")) {
                host = type.equals("Instruction")
                        ? with(host, cache, TimingParameter.L1I_SIZE, TimingParameter.L1I_WAYS)
                        : with(host, cache, TimingParameter.L1D_SIZE, TimingParameter.L1D_WAYS);
            } else if (level.equals("2")) {
                host = with(host, cache, TimingParameter.L2_SIZE, TimingParameter.L2_WAYS);
            } else if (level.equals("3")) {
                host = with(host, cache, TimingParameter.LLC_SIZE, TimingParameter.LLC_WAYS);
            }
        }
        // As "TLB size : 2560 4K pages".
        Optional<String> tlb = read(PROCESSOR).flatMap(text -> text.lines().filter(line -> line.startsWith("TLB size"))
                .map(line -> line.replaceAll("\\D*(\\d+) 4K.*", "$1")).filter(size -> size.matches("\\d{2,5}"))
                .findFirst());
        if (tlb.isPresent()) {
            long entries = Long.parseLong(tlb.get());
            host = host.with(TimingParameter.L2TLB_ENTRIES, entries, PROCESSOR.toString());
            host = host.with(TimingParameter.L2TLB_WAYS, entries % 16 == 0 ? 16 : entries % 8 == 0 ? 8 : 1,
                    "assumed: not told by " + PROCESSOR);
        }
        return host;
    }

    /// A cache whose size and ways are known and make sense.
    private static TimingParameters with(TimingParameters host, Path cache, TimingParameter size,
            TimingParameter ways) {
        try {
            long bytes = size.parse(read(cache.resolve("size")).orElse(""));
            long count = ways.parse(read(cache.resolve("ways_of_associativity")).orElse(""));
            if (count == 0 || bytes % (count * host.get(TimingParameter.CACHE_LINE)) != 0) {
                return host;
            }
            return host.with(size, bytes, cache.resolve("size").toString())
                    .with(ways, count, cache.resolve("ways_of_associativity").toString());
        } catch (IllegalArgumentException _) {
            return host;
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip());
        } catch (IOException | SecurityException _) {
            return Optional.empty();
        }
    }
}
