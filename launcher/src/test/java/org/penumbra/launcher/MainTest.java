// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.benchmarks.LinuxWorkload;
import org.penumbra.benchmarks.TreadmillWorkload;
import org.penumbra.launcher.cli.Versions;
import org.penumbra.options.ModelName;
import org.penumbra.options.Setting;
import org.penumbra.options.Setting.Group;
import org.penumbra.options.Settings;

/// Wrong usage gives one clear line, a hint, and the status for it.
final class MainTest {

    private record Outcome(int status, String err) {
    }

    private static Outcome penumbra(String... arguments) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        int status = Main.execute(new PrintStream(bytes, true, StandardCharsets.UTF_8), arguments);
        return new Outcome(status, bytes.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            run                                | missing required parameter: 'IMAGE'
            frobnicate                         | unknown command 'frobnicate'
            run --frobnicate x.elf             | unknown option '--frobnicate'
            run a.elf b.elf                    | one argument too many: 'b.elf'
            run --memory 3 x.elf               | --memory: '3' is not a whole number of 4K pages from 64K to 16G
            run --memory 32G x.elf             | --memory: '32G' is not a whole number of 4K pages from 64K to 16G
            run --memory 99999999999G x.elf    | --memory: '99999999999G' is not a whole number of 4K pages from 64K to 16G
            run --memory lots x.elf            | --memory: 'lots' is not a whole number of 4K pages from 64K to 16G
            run --memory -1 x.elf              | --memory: '-1' is not a whole number of 4K pages from 64K to 16G
            run --engine warp x.elf            | --engine: 'warp' is not default, interpreter, optimised, quick, translated or immediate
            run --clock sun x.elf              | --clock: 'sun' is not instructions or host
            run --max-instructions 0 x.elf     | --max-instructions: '0' is not a number from 1
            run --max-instructions many x.elf  | --max-instructions: 'many' is not a number from 1
            run --timing nanhoo x.elf          | --timing: 'nanhoo' is not one of nanhu, cva6, gem5, virtuoso, host, or the name of a file with a / or a dot in it
            run --timing nanhu --timing-sample 0 x.elf | --timing-sample: '0' is not a number from 1 to 1000
            run --timing nanhu --timing-sample 1001 x.elf | --timing-sample: '1001' is not a number from 1 to 1000
            run --timing nanhu --timing-sample few x.elf | --timing-sample: 'few' is not a number from 1 to 1000
            run --timing-set l2tlb.entries x.elf | --timing-set: 'l2tlb.entries' is not KEY=VALUE, as l2tlb.entries=2048
            run --timing-set l2tlb.entries=-1 x.elf | --timing-set: l2tlb.entries: '-1' is not a number
            run --timing-set l1d.size=9G x.elf | --timing-set: l1d.size: 9G is not between 1K and 16M
            run --tlb-entries 100 x.elf        | --tlb-entries: '100' is not a power of two from 1 to 65536
            run --harts 0 x.elf                | --harts: '0' is not a number from 1 to 16
            run --harts 17 x.elf               | --harts: '17' is not a number from 1 to 16
            run --harts -1 x.elf               | --harts: '-1' is not a number from 1 to 16
            run --harts two x.elf              | --harts: 'two' is not a number from 1 to 16
            linux --harts 99                   | --harts: '99' is not a number from 1 to 16
            run --asid-bits 17 x.elf           | --asid-bits: '17' is not a number from 0 to 16
            run --root-buffer 17 x.elf         | --root-buffer: '17' is not a number from 0 to 16
            run --root-replacement fifo x.elf  | --root-replacement: 'fifo' is not lru or random
            run --sync never x.elf             | --sync: 'never' is not reached, present, drop or snapshot
            run --host-pages 1g x.elf          | --host-pages: '1g' is not 4k or 2m
            run --shadow-memory 0 x.elf        | --shadow-memory: '0' is not a whole number of 4K pages from 256K to 4G
            run --shadow-memory 1T x.elf       | --shadow-memory: '1T' is not a whole number of 4K pages from 256K to 4G
            run --second-stage sv57x4 x.elf    | --second-stage: 'sv57x4' is not sv39x4 or sv48x4
            run --balloon 1 x.elf              | --balloon: '1' is not a number from 0, for never, or 1000 to 1000000000
            run --balloon -5 x.elf             | --balloon: '-5' is not a number from 0, for never, or 1000 to 1000000000
            run --mmu sv32 x.elf               | --mmu: 'sv32' is not sv39, sv48 or sv57
            run --cpu rv32 x.elf               | --cpu: 'rv32' is not rv64gc, rva20s64, rva22s64, rva23s64, max, scalar or compare
            compare --timing-sample 8          | --timing-sample: has no effect without --timing
            compare --sweep cpu=max            | --sweep: 'cpu' is not one of tlb-entries, root-buffer, root-replacement, sync, host-pages, shadow-memory, second-stage, balloon, asid-bits, svvptc, ad, mmu, timing, timing-set, timing-sample, and no parameter of the workloads
            run --bios fw.bin x.elf            | one program too many: 'x.elf'; what starts on a firmware is named with --kernel
            run --kernel x.bin x.elf           | one program too many: 'x.elf'; what starts on a firmware is named with --kernel
            run --raw --bios fw.bin            | --raw: is for an IMAGE; --kernel and --bios take any file
            run --load data x.elf              | --load: 'data' is not FILE@ADDRESS, as in data.bin@0x88000000
            run --load data@top x.elf          | --load: 'data@top' is not FILE@ADDRESS, as in data.bin@0x88000000
            run --net tap x.elf                | --net: 'tap' is not none or user
            run --net none --forward 1:2 x.elf | --forward: there is no network with --net none
            run --forward 80 x.elf             | --forward: '80' is not HOST:GUEST, as in 8080:80
            run --forward 1:2 --forward x x.elf | --forward: '1:2,x' is not HOST:GUEST, as in 8080:80
            linux --forward tcp:80:80          | --forward: 'tcp:80:80' is not HOST:GUEST, as in 8080:80
            run --virtio old x.elf             | --virtio: 'old' is not modern or legacy
            run --append a --cmdline b x.elf   | --append: --cmdline is the whole command line already
            run --snapshot s x.elf             | one program too many: 'x.elf'; a snapshot has its own
            run --snapshot s --memory 1M       | --memory: the machine of a snapshot has it already
            linux --snapshot s --disk d        | --disk: the machine of a snapshot has it already
            run --save-snapshot s x.elf        | --save-snapshot: say with --save-at when it is to write
            run --save-at x x.elf              | --save-at: says when --save-snapshot writes, which is not given
            run --gdb 0 x.elf                  | --gdb: 0 is no port from 1 to 65535
            run --wait x.elf                   | --wait: is for gdb; give --gdb PORT
            walk a.snapshot                    | missing required parameter: 'ADDRESS'
            compare --one-boot                 | --kernel, --initrd, --append and --one-boot are for --guest linux
            linux --append a --cmdline b       | --append: --cmdline is the whole command line already
            run --model native --root-buffer 4 x.elf | --root-buffer: has no effect under the model native, only under {root-buffer}
            run --model tsp --sync drop x.elf  | --sync: has no effect under the model tsp, only under {sync}
            run --model hap --shadow-memory 1M x.elf | --shadow-memory: has no effect under the model hap, only under {shadow-memory}
            run --model native --balloon 0 x.elf | --balloon: has no effect under the model native, only under {balloon}
            run --model native --host-pages 2m x.elf | --host-pages: has no effect under the model native, only under {host-pages}
            linux --model ssp --second-stage sv48x4 | --second-stage: has no effect under the model ssp, only under {second-stage}
            linux --model lsp --root-replacement random | --root-replacement: has no effect under the model lsp, only under {root-buffer}
            compare --models native,tsp --root-buffer 4 | --root-buffer: has no effect under the models chosen, only under {root-buffer}
            compare --models hap --sweep sync=drop | --sweep: sync: has no effect under the models chosen, only under {sync}
            run --engine immediate --trace t x.elf | --engine: with --trace guest code is only interpreted
            run --memory 64M --option riscv.memory=32M x.elf | --option riscv.memory: its own option has been given, too
            linux --option riscv.append=quiet  | --option riscv.append: use --append
            linux --asid-bits -1               | --asid-bits: '-1' is not a number from 0 to 16
            linux --ad sometimes               | --ad: 'sometimes' is not svade, svadu, both or request
            compare --root-buffer lots         | --root-buffer: 'lots' is not a number from 0 to 16
            compare --sweep sync=drop,now      | --sweep: 'now' is not reached, present, drop or snapshot
            compare --sweep host-pages=4k,8k   | --sweep: '8k' is not 4k or 2m
            compare --sweep superpages=2       | --sweep: '2' is not 0 or 1, or false or true
            compare --models kvm               | --models: there is no model 'kvm'; there are {models}
            compare --models ,                 | --models: names nothing
            compare --workloads ,              | --workloads: names nothing
            bench --modes ,                    | --modes: names nothing
            bench --tiers --cold               | --tiers is for steady speed under one model
            bench --harts 2                    | --harts is for --cold
            bench --cold --harts 1             | --harts: 1 is not between 2 and 16
            bench --cold --harts 2 --models ssp | --harts goes with the model native only
            bench --kernels ,                  | --kernels: names nothing
            linux --packages ,                 | --packages: names nothing
            compare --workloads doom           | --workloads: there is no workload 'doom'; there are {treadmill}
            compare --workloads idle:x         | --workloads: idle sleeps: 'x' is not a number
            compare --workloads idle:-1        | --workloads: idle sleeps: -1 is not between 0 and 100000000
            compare --workloads idle:1:2:3     | --workloads: idle has the parameters sleeps, ticks only
            compare --workloads idle:1,idle:2  | --workloads: each workload goes once; sweep its parameters instead
            compare --guest bsd                | --guest: there is no guest 'bsd'; there are treadmill, linux
            compare --kernel vmlinux           | --kernel, --initrd, --append and --one-boot are for --guest linux
            compare --guest linux --workloads forkexit | --workloads: there is no workload 'forkexit'; there are boot, {linux}
            compare --guest linux --sweep transparent-hugepage=maybe | --sweep: transparent-hugepage: 'maybe' is not one of always, madvise, never
            bench --guest bsd                  | --guest: 'bsd' is neither bare nor linux
            bench --kernel vmlinux             | --kernel and --initrd are for --guest linux
            compare --jobs 0                   | --jobs: 0 is not between 1 and 64
            compare --sweep root-buffer=17     | --sweep: '17' is not a number from 0 to 16
            compare --sweep root-buffer=       | --sweep: values are missing, as in root-buffer=0,1,4
            compare --sweep tlb-entries=100    | --sweep: '100' is not a power of two from 1 to 65536
            compare --sweep colour=1           | --sweep: 'colour' is not one of {swept}, and no parameter of the workloads
            compare --sweep sleeps=1 --sweep processes=2 | --sweep: no workload has all of these parameters
            """)
    void wrongUsageIsOneLineAndAHint(String line, String message) {
        Outcome outcome = penumbra(line.strip().split(" +"));
        String[] lines = outcome.err().split("\n");
        assertEquals("penumbra: " + filled(message), lines[0]);
        assertEquals(2, lines.length, outcome.err());
        assertTrue(lines[1].startsWith("Try 'penumbra"), lines[1]);
        assertEquals(64, outcome.status());
    }

    /// With the lists that grow for what stands in braces: `{option}` is the models under which it has an effect.
    private static String filled(String message) {
        return Pattern.compile("\\{([a-z-]+)}").matcher(message).replaceAll(match -> String.join(", ", switch (match.group(1)) {
            case "models" -> ModelName.all();
            case "treadmill" -> Arrays.stream(TreadmillWorkload.values()).map(TreadmillWorkload::workloadName).toList();
            case "linux" -> Arrays.stream(LinuxWorkload.values()).map(LinuxWorkload::workloadName).toList();
            case "swept" -> Settings.of(Group.TRANSLATION).stream().map(Setting::name).toList();
            default -> Settings.swept(match.group(1)).orElseThrow().models().stream().map(ModelName::toString).toList();
        }));
    }

    @Test
    void commandIsAskedFor() {
        Outcome outcome = penumbra();
        assertEquals(64, outcome.status());
        assertTrue(outcome.err().startsWith("penumbra: a command is missing"), outcome.err());
    }

    @Test
    void missingImageIsStatus66(@TempDir Path directory) {
        Path image = directory.resolve("no.elf");
        assertEquals(new Outcome(66, "penumbra: " + image + ": no such file\n"), penumbra("run", image.toString()));
    }

    @Test
    void directoryAsImageIsStatus66(@TempDir Path directory) {
        assertEquals(new Outcome(66, "penumbra: " + directory + ": is a directory\n"), penumbra("run", directory.toString()));
    }

    @Test
    void unknownEngineOptionIsWrongUsage(@TempDir Path directory) throws Exception {
        Path image = java.nio.file.Files.write(directory.resolve("some.elf"), new byte[64]);
        Outcome outcome = penumbra("run", "--option", "engine.NoSuchThing=1", image.toString());
        assertEquals(64, outcome.status());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertFalse(outcome.err().contains("Exception"), outcome.err());
    }

    @Test
    void versionFitsThreeLinesAndNamesTheCompiler() {
        assertEquals(3, Versions.lines().size());
        assertTrue(Versions.lines().getFirst().matches("Penumbra \\d+\\.\\d+\\.\\d+.*"), Versions.lines().getFirst());
        assertTrue(Versions.lines().getLast().matches("Compiler .*Graal.* \\d+\\.\\d+\\.\\d+.*"), Versions.lines().getLast());
    }
}
