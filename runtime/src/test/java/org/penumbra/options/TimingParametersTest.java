// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/// Presets, files and what is refused in them.
final class TimingParametersTest {
    static final java.util.List<String> PRESETS = TimingParameters.PRESETS;

    @ParameterizedTest
    @FieldSource("PRESETS")
    void everyValueOfAPresetHasASource(String name) {
        TimingParameters preset = TimingParameters.preset(name);
        for (TimingParameter parameter : TimingParameter.values()) {
            assertFalse(preset.source(parameter).isBlank(), parameter.key());
        }
    }

    @Test
    void aFileThatWritesAllValuesIsThePreset() {
        TimingParameters preset = TimingParameters.preset("nanhu");
        TimingParameters again = TimingParameters.parse("mine.timing", file(preset));
        for (TimingParameter parameter : TimingParameter.values()) {
            assertEquals(preset.get(parameter), again.get(parameter), parameter.key());
        }
    }

    private static String file(TimingParameters parameters) {
        return Arrays.stream(TimingParameter.values()).map(parameter -> parameter.key() + " = "
                + parameters.text(parameter) + " # here").collect(Collectors.joining("\n"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            l3tlb.entries=5    | there is no key 'l3tlb.entries'; there are core.cpi, itlb.4k.entries
            l2tlb.entries      | 'l2tlb.entries' is not KEY=VALUE
            l2tlb.entries=many | l2tlb.entries: 'many' is not a number
            l2tlb.entries=9999999 | l2tlb.entries: 9999999 is not between 0 and 1048576
            l2tlb.ways=7       | virtuoso with l2tlb.ways=7: l2tlb.entries 2048 is not a multiple of l2tlb.ways, 7
            l1d.size=32000     | virtuoso with l1d.size=32000: l1d.size 32000 is not a multiple of l1d.ways lines, 8
            cache.line=48      | virtuoso with cache.line=48: l1i.size 32K is not a multiple of l1i.ways lines, 8
            tlb.replacement=fifo | tlb.replacement: 'fifo' is not lru, plru or random
            tlb.replacement=plru,itlb.4k.ways=0,itlb.4k.entries=96 | virtuoso with tlb.replacement=plru,itlb.4k.ways=0,itlb.4k.entries=96: itlb.4k.ways: plru needs a power of two of ways up to 64, not 96
            llc.latency=2      | virtuoso with llc.latency=2: llc.latency 2 is less than l2.latency 16
            core.cpi=fast      | core.cpi: 'fast' is not a number such as 0.5
            walk.start=llc     | walk.start: 'llc' is not l1d or l2
            """)
    void wrongValuesAreRefusedInOneLine(String assignments, String message) {
        var refused = assertThrows(IllegalArgumentException.class, () ->
                TimingParameters.preset("virtuoso").with(assignments));
        assertEquals(message, refused.getMessage().substring(0, Math.min(message.length(),
                refused.getMessage().length())));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            hello            | my.timing, line 1: 'hello' is not KEY = VALUE # SOURCE
            core.cpi = fast  | my.timing, line 1: core.cpi: 'fast' is not a number such as 0.5
            colour = 3 # me  | my.timing, line 1: there is no key 'colour'
            core.cpi = 1     | my.timing: itlb.4k.entries, itlb.4k.ways,
            """)
    void wrongFilesAreRefusedWithTheLine(String text, String message) {
        var refused = assertThrows(IllegalArgumentException.class, () -> TimingParameters.parse("my.timing", text));
        assertEquals(message, refused.getMessage().substring(0, message.length()));
    }

    @Test
    void aKeyTwiceIsRefused() {
        String twice = "core.cpi = 1\ncore.cpi = 2";
        assertEquals("my.timing, line 2: core.cpi is there already", assertThrows(IllegalArgumentException.class,
                () -> TimingParameters.parse("my.timing", twice)).getMessage());
    }
}
