// SPDX-License-Identifier: Apache-2.0
package org.penumbra.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.penumbra.benchmarks.TreadmillWorkload.Suite;

class TreadmillWorkloadTest {

    @ParameterizedTest
    @EnumSource
    void parametersAndDefaultsAreThoseOfTheSource(TreadmillWorkload workload) throws Exception {
        String folder = workload.suite() == Suite.FIELD ? "field" : "user";
        String source = Files.readString(Path.of("treadmill", folder, workload.workloadName() + ".c"));
        String expected = workload.parameters().stream().map(p -> "{\"" + p.name() + "\", " + p.value() + "}, ")
                .collect(Collectors.joining("", "struct parameter parameters[] = {", "{}};"));
        assertTrue(source.contains(expected), expected);
    }

    @Test
    void imageCarriesLineAndFlags() {
        TreadmillOptions options = new TreadmillOptions(true, true, false, true, 3, 5);
        byte[] shipped = TreadmillImage.shipped(Suite.KERNEL);
        byte[] image = TreadmillWorkload.PIPEPING.image(options, 4, 1000);
        byte[] line = "pipeping 4 1000 8\0".getBytes(StandardCharsets.US_ASCII);
        int first = 0;
        while (image[first] == shipped[first]) {
            first++;
        }
        assertEquals(new String(line, StandardCharsets.US_ASCII),
                new String(image, first, line.length, StandardCharsets.US_ASCII));
        assertEquals(0b1011, image[first + TreadmillImage.LINE_BYTES]);
        assertEquals(3, image[first + TreadmillImage.LINE_BYTES + 1]);
        assertEquals(5, image[first + TreadmillImage.LINE_BYTES + 2]);
        assertEquals(shipped.length, image.length);
        for (int i = first + TreadmillImage.LINE_BYTES + 4; i < image.length; i++) {
            assertEquals(shipped[i], image[i], "byte " + i);
        }
    }

    @Test
    void shippedFileIsTheSelfTestWithDefaultOptions() {
        assertEquals(new String(TreadmillImage.shipped(Suite.KERNEL), StandardCharsets.ISO_8859_1),
                new String(TreadmillWorkload.selfTest(TreadmillOptions.DEFAULT), StandardCharsets.ISO_8859_1));
    }

    @Test
    void shippedFileIsSmall() {
        assertTrue(TreadmillImage.shipped(Suite.KERNEL).length < 300 * 1024);
    }

    @Test
    void expectedLineNamesParametersAndChecksum() {
        assertEquals("idle sleeps=100 ticks=5 checksum=199c0582b1df1ca1", TreadmillWorkload.IDLE.expectedOutput());
    }

    @Test
    void valuesThatDoNotFitAreRefused() {
        var options = TreadmillOptions.DEFAULT;
        assertThrows(IllegalArgumentException.class, () -> TreadmillWorkload.IDLE.image(options, 1, 2, 3));
        assertThrows(IllegalArgumentException.class, () -> TreadmillWorkload.IDLE.image(options, -1));
        assertThrows(IllegalArgumentException.class, () -> options.withAsidLimit(17));
        assertThrows(IllegalArgumentException.class, () -> options.withRepeats(1 << 16));
        assertThrows(IllegalArgumentException.class, () -> TreadmillImage.patched(Suite.KERNEL, "x".repeat(256), options));
    }

    @Test
    void workloadsAreFoundByName() {
        assertEquals(Optional.of(TreadmillWorkload.COMPILELIKE), TreadmillWorkload.find("compilelike"));
        assertEquals(Optional.empty(), TreadmillWorkload.find("selftest"));
    }
}
