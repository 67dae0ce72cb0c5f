// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.Program;
import org.penumbra.launcher.report.Comparison;
import org.penumbra.launcher.report.Run;
import org.penumbra.launcher.report.Summary;
import org.penumbra.launcher.report.SyntheticRun;

/// What comparisons make of a Linux guest, without booting one.
final class LinuxGuestTest {

    private static final String CONSOLE = """
            workload fork n=1 pages=64 writes=8 checksum=0011223344556677\r
            workload shell n=2 checksum=8899aabbccddeeff\r
            [    1.000000] reboot: Power down\r
            """;

    @TempDir
    private Path folder;

    private final LinuxGuest guest = new LinuxGuest(null, null, "", null, new PrintStream(new ByteArrayOutputStream()));

    private CompareJob job(String... workloads) {
        List<CompareWorkload> chosen = List.of(workloads).stream().map(text -> guest.parse(text, false)).toList();
        return CompareJob.of(guest, guest.runs(chosen).getFirst(), Map.of()).under("ssp");
    }

    private static JsonObject part(long instructions) {
        return SyntheticRun.of("any", "ssp", instructions, 4, 0, 0).statistics().getAsJsonObject("measured");
    }

    private static JsonObject statistics(long... parts) {
        JsonObject whole = SyntheticRun.of("any", "ssp", 1000, 7, 0, 0).statistics();
        whole.add("boot", part(500));
        JsonArray array = new JsonArray();
        for (long instructions : parts) {
            array.add(part(instructions));
        }
        whole.add("parts", array);
        return whole;
    }

    @Test
    void oneBootDoesAllWorkloadsAndIsReportedFirst() {
        List<List<CompareWorkload>> runs = guest.runs(guest.all(true));
        assertEquals(1, runs.size());
        assertEquals("boot", runs.getFirst().getFirst().name());
        assertEquals(guest.all(true), runs.getFirst().subList(1, runs.getFirst().size()));
        assertTrue(guest.all(true).size() >= 10);
        assertEquals(1, guest.runs(List.of(guest.parse("boot", true))).getFirst().size());
    }

    @Test
    void everyWorkloadGetsItsLineAndItsPart() {
        List<Run> runs = guest.results(job("fork:1", "shell:2"), CONSOLE, statistics(100, 200));
        assertEquals(List.of("boot", "fork", "shell"), runs.stream().map(Run::workload).toList());
        assertEquals(List.of(500L, 100L, 200L), runs.stream().map(Run::instructions).toList());
        assertEquals("fork n=1 pages=64 writes=8 checksum=0011223344556677", runs.get(1).output());
        assertEquals("shell n=2 checksum=8899aabbccddeeff", runs.get(2).output());
    }

    @Test
    void bootIsTheSameOnlyWithTheSameConsole() {
        String one = guest.results(job("fork:1", "shell:2"), CONSOLE, statistics(100, 200)).getFirst().output();
        String other = guest.results(job("fork:1", "shell:2"), CONSOLE.replace("1.00", "1.01"), statistics(100, 200)).getFirst().output();
        assertNotEquals(one, other);
    }

    @Test
    void guestThatStoppedEarlyIsAFailureThatShowsItsLastLine() {
        Failure failure = assertThrows(Failure.class, () -> guest.results(job("fork:1", "shell:2"), CONSOLE, statistics(100)));
        assertEquals("the guest did 1 of 2 workloads; it printed: [    1.000000] reboot: Power down", failure.getMessage());
    }

    @Test
    void workloadWithoutItsLineIsAWrongResult() {
        List<Run> runs = guest.results(job("fork:1", "sort:3"), CONSOLE, statistics(100, 200));
        List<String> problems = new Comparison("sort", Map.of(), List.of(runs.get(2))).problems(Optional.of("sort lines=3 checksum=1"));
        assertEquals(List.of("sort under ssp: the guest printed \"nothing\", not \"sort lines=3 checksum=1\""), problems);
    }

    @Test
    void summaryTellsTheShareOfTheBoot() {
        List<Run> runs = guest.results(job("fork:1", "shell:2"), CONSOLE, statistics(100, 200));
        String summary = Summary.of(Comparison.of(runs), 0, List.of());
        assertTrue(summary.contains("Boot took 49.6 % of the instructions of a whole run, and of its hypervisor exits 57.1 % under ssp."), summary);
    }

    @Test
    void kernelIsToldTheWorkloadsAndTheHugePages() throws Exception {
        Path kernel = Files.write(folder.resolve("Image"), new byte[] {1, 2, 3});
        Path initrd = Files.write(folder.resolve("initrd"), new byte[] {4, 5, 6, 7, 8});
        var given = new LinuxGuest(kernel, initrd, "no5lvl", null, System.err);
        CompareWorkload fork = given.parse("fork:1:2:3", false).with("transparent-hugepage", "never");
        Path ramDisk;
        try (Program program = given.program(List.of(fork, given.parse("chase:4:5", false)), Map.of())) {
            assertEquals("console=ttyS0 panic=-1 quiet rdinit=/penumbra-work transparent_hugepage=never no5lvl -- fork:1:2:3 chase:4:5",
                    program.options().get("riscv.append"));
            assertEquals(kernel.toString(), program.options().get("riscv.kernel"));
            assertEquals(0, program.image().length, "the kernel is read where it is loaded");
            assertEquals("1073741824", program.options().get("riscv.memory"), "huge pages need more than 512 MiB");
            ramDisk = Path.of(program.options().get("riscv.initrd"));
            byte[] both = Files.readAllBytes(ramDisk);
            assertEquals("070701", new String(both, 8, 6), "our archive begins at a multiple of four");
            assertEquals(8, both[4]);
        }
        assertTrue(Files.notExists(ramDisk), "the RAM disk was left behind");
    }

    @Test
    void wrongNamesAndNumbersGetOneLine() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> guest.parse("forkk", false)).getMessage()
                .startsWith("there is no workload 'forkk'; there are boot, fork, forkexec,"));
        assertEquals("fork has the parameters n, pages, writes only",
                assertThrows(IllegalArgumentException.class, () -> guest.parse("fork:1:2:3:4", false)).getMessage());
        assertEquals("transparent-hugepage: 'some' is not one of always, madvise, never", assertThrows(IllegalArgumentException.class,
                () -> guest.parse("fork", false).with("transparent-hugepage", "some")).getMessage());
    }
}
