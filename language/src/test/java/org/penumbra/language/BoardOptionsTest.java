// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.graalvm.polyglot.PolyglotException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.penumbra.isa.Extension;
import org.penumbra.isa.Profile;
import org.penumbra.options.CpuName;
import org.penumbra.options.ModelName;
import org.penumbra.options.Settings;

/// The options for what a machine is loaded with and what is plugged in: each has its effect under every kind of program.
final class BoardOptionsTest {

    @TempDir
    private Path folder;

    private String file(String name, byte[] contents) throws Exception {
        return Files.write(folder.resolve(name), contents).toString();
    }

    private static byte[] loop() {
        return Assembly.LOOP;
    }

    /// The text of the device tree, which the second register points to after the boot ROM's code.
    private static String tree(Guest guest) {
        long at = guest.register("a1") - Assembly.RAM;
        byte[] bytes = new byte[4096];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = guest.memory().readBufferByte(at + i);
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /// Programs exist that take a kernel in Sv57 for an error: it is there only on request.
    @ParameterizedTest
    @CsvSource({"'',8,1", "'',9,1", "'',10,0", "sv39,9,0", "sv48,9,1", "sv57,10,1", "sv39,8,1"})
    void translationModesEndWithTheWidestOne(String mmu, int mode, int taken) {
        byte[] program = Assembly.of("""
                li t0, %d
                slli t0, t0, 60
                csrw satp, t0
                csrr a2, satp
                j pc
                """.formatted(mode));
        String[] options = mmu.isEmpty() ? new String[0] : new String[] {"riscv.mmu", mmu};
        try (Guest guest = new Guest(program, options)) {
            guest.step(20);
            assertEquals(taken == 1 ? mode : 0, guest.register("a2") >>> 60);
            assertTrue(tree(guest).contains("riscv," + (mmu.isEmpty() ? "sv48" : mmu)));
            assertEquals(mmu.isEmpty() ? "sv48" : mmu, guest.statistics().getMember("mmu").asString());
        }
    }

    @ParameterizedTest
    @CsvSource({"'',1", "both,1", "svadu,1", "svade,0", "request,0"})
    void hardwareUpdatesAccessedAndDirtyBitsFromResetOnUnlessAskedOtherwise(String ad, int updating) {
        byte[] program = Assembly.of("""
                csrr a2, menvcfg
                j pc
                """);
        String[] options = ad.isEmpty() ? new String[0] : new String[] {"riscv.ad", ad};
        try (Guest guest = new Guest(program, options)) {
            guest.step(10);
            assertEquals(updating, guest.register("a2") >>> 61 & 1);
            assertEquals(ad.isEmpty() ? "both" : ad, guest.statistics().getMember("ad").asString());
        }
    }

    /// The device tree has the extensions of the profile, which is the newest one that is complete unless told otherwise.
    @ParameterizedTest
    @CsvSource({"''", "rv64gc", "rva20s64", "rva22s64", "scalar", "max", "compare"})
    void deviceTreeNamesTheExtensionsThatAreThere(String cpu) {
        byte[] program = Assembly.of("j pc");
        String[] options = cpu.isEmpty() ? new String[0] : new String[] {"riscv.cpu", cpu};
        String name = cpu.isEmpty() ? "rva22s64" : cpu;
        Set<Extension> there = Profile.of(CpuName.valueOf(name.toUpperCase(Locale.ROOT)));
        try (Guest guest = new Guest(program, options)) {
            guest.step(10);
            assertTrue(tree(guest).contains(Extension.isaString(there) + "\0"), tree(guest));
            assertTrue(tree(guest).contains(String.join("\0", Extension.names(there)) + "\0"), tree(guest));
            assertEquals(there.contains(Extension.ZICBOP), tree(guest).contains("riscv,cbop-block-size"));
            assertEquals(there.contains(Extension.SSCOFPMF), tree(guest).contains("riscv,event-to-mhpmevent"));
            assertEquals(name, guest.statistics().getMember("cpu").asString());
        }
    }

    @Test
    void profileThatIsNotCompleteIsRefusedInOneLine() {
        var refused = assertThrows(PolyglotException.class, () -> new Guest(Assembly.of("j pc"), "riscv.cpu", "rva23s64"));
        assertEquals("rva23s64 is not complete: V, Zvfhmin, Zvbb, Zvkt are missing; --cpu max has the rest of it",
                refused.getMessage());
    }

    /// An option of a model that is not chosen would be ignored in silence.
    @ParameterizedTest
    @CsvSource({"native,root-buffer,4", "tsp,sync,drop", "hap,shadow-memory,1M", "ssp,second-stage,sv48x4", "native,balloon,1000"})
    void optionWithoutEffectUnderTheModelIsRefused(String model, String option, String value) {
        List<String> under = Settings.swept(option).orElseThrow().models().stream().map(ModelName::toString).toList();
        PolyglotException refused = assertThrows(PolyglotException.class,
                () -> new Guest(loop(), "riscv.model", model, "riscv." + option, value).close());
        assertEquals("riscv." + option + " has no effect under the model " + model + ", only under " + String.join(", ", under), refused.getMessage());
        assertEquals(64, refused.getGuestObject().getMember("exitStatus").asInt());
        new Guest(loop(), "riscv.model", under.getFirst(), "riscv." + option, value).close();
    }

    @Test
    void disksAreThereUnderAnyProgram() throws Exception {
        String disk = file("disk.img", new byte[2048]);
        byte[] program = Assembly.of("""
                lui t0, 0x10001
                lw a2, 8(t0)
                j pc
                """);
        try (Guest guest = new Guest(program, "riscv.drive", disk)) {
            guest.step(10);
            assertEquals(2, guest.register("a2"));
        }
        PolyglotException missing = assertThrows(PolyglotException.class,
                () -> new Guest(loop(), "riscv.drive", folder.resolve("none").toString()).close());
        assertEquals(66, missing.getGuestObject().getMember("exitStatus").asInt());
    }

    @Test
    void commandLineAndRamDiskAreForAnyProgram() throws Exception {
        String disk = file("initrd", "a disk".getBytes(StandardCharsets.US_ASCII));
        try (Guest guest = new Guest(loop(), "riscv.append", "some words", "riscv.initrd", disk)) {
            guest.step(10);
            assertTrue(tree(guest).contains("some words") && tree(guest).contains("linux,initrd-start"));
        }
    }

    @Test
    void dataGoesWhereItIsToGo() throws Exception {
        String data = file("data@1", new byte[] {1, 2, 3, 4});
        try (Guest guest = new Guest(loop(), "riscv.load", data + "@0x80100000\n" + data + "@2149580800")) {
            for (long at : new long[] {0x10_0000, 2149580800L - Assembly.RAM}) {
                assertEquals(0x0403_0201, guest.memory().readBufferInt(ByteOrder.LITTLE_ENDIAN, at));
            }
        }
        for (String wrong : new String[] {data + "@here", data.substring(0, data.lastIndexOf('@'))}) {
            var refused = assertThrows(IllegalArgumentException.class, () -> new Guest(loop(), "riscv.load", wrong).close());
            assertTrue(refused.getMessage().contains("is not FILE@ADDRESS"), refused.toString());
        }
    }

    @Test
    void rawProgramsStartInSupervisorModeAsKernels() throws Exception {
        String kernel = file("kernel", loop());
        try (Guest guest = new Guest(new byte[0], "riscv.kernel", kernel)) {
            guest.step(1);
            assertEquals(Assembly.RAM + 0x20_0000, guest.register("pc"));
        }
    }

    @Test
    void firmwareStartsInMachineModeWithItsPayloadInPlace() throws Exception {
        String bios = file("bios", loop());
        String kernel = file("kernel", new byte[] {9, 8, 7, 6});
        try (Guest guest = new Guest(new byte[0], "riscv.bios", bios, "riscv.kernel", kernel)) {
            guest.step(10);
            assertEquals(Assembly.RAM, guest.register("pc"));
            assertEquals(0x1000 + 0x28, guest.register("a2"), "fw_dynamic_info");
            assertEquals(0x0607_0809, guest.memory().readBufferInt(ByteOrder.LITTLE_ENDIAN, 0x20_0000));
        }
        PolyglotException both = assertThrows(PolyglotException.class, () -> new Guest(loop(), "riscv.bios", bios).close());
        assertEquals(64, both.getGuestObject().getMember("exitStatus").asInt());
    }
}
