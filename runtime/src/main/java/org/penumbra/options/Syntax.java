// SPDX-License-Identifier: Apache-2.0
package org.penumbra.options;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// How the values of an option are written, and which are valid.
///
/// @param wanted what values look like, as in "'7' is not WANTED"
/// @param words  all values, if they are few
/// @param values the valid ones in few words, as `0 to 16`; empty if that says nothing
/// @param reader value of a text, or null if it is none
/// @param writer a text that gives the value
/// @param valid  which values are in range
public record Syntax<T>(String wanted, List<String> words, String values, Function<String, T> reader,
        Function<T, String> writer, Predicate<T> valid) {

    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,18}");
    private static final long LAST_SECOND = Long.MAX_VALUE / 1_000_000_000L;

    /// @throws IllegalArgumentException with a one-line message, if the text is not a valid value
    public T parse(String text) {
        T value = reader.apply(text);
        if (value == null || !valid.test(value)) {
            throw new IllegalArgumentException("'" + text + "' is not " + wanted);
        }
        return value;
    }

    /// Any text: a name, or one on each line.
    static Syntax<String> text() {
        return new Syntax<>("a text", List.of(), "", text -> text, text -> text, _ -> true);
    }

    static Syntax<Boolean> flag() {
        return new Syntax<>("0 or 1, or false or true", List.of("false", "true"), "", text ->
                switch (text.toLowerCase(Locale.ROOT)) {
                    case "0", "false" -> false;
                    case "1", "true" -> true;
                    default -> null;
                }, Object::toString, _ -> true);
    }

    static Syntax<Long> numbers(String wanted, Predicate<Long> valid) {
        return new Syntax<>(wanted, List.of(), "", text -> NUMBER.matcher(text).matches() ? Long.valueOf(text) : null,
                Object::toString, valid);
    }

    private static Syntax<Integer> integers(String wanted, String values, Predicate<Integer> valid) {
        return new Syntax<>(wanted, List.of(), values, Syntax::integer, Object::toString, valid);
    }

    static Syntax<Integer> integers(int least, int most) {
        String values = least + " to " + most;
        return integers("a number from " + values, values, value -> value >= least && value <= most);
    }

    static Syntax<Integer> powersOfTwo(int most) {
        return integers("a power of two from 1 to " + most, "", value -> value >= 1 && value <= most
                && Integer.bitCount(value) == 1);
    }

    private static Integer integer(String text) {
        long value = NUMBER.matcher(text).matches() ? Long.parseLong(text) : Long.MAX_VALUE;
        return value == (int) value ? (Integer) (int) value : null;
    }

    /// Whole pages of memory.
    static Syntax<Long> pages(long least, long most) {
        String values = ByteSize.text(least) + " to " + ByteSize.text(most);
        return new Syntax<>("a whole number of 4K pages from " + values,
                List.of(), values, text -> {
                    try {
                        return ByteSize.parse(text);
                    } catch (IllegalArgumentException _) {
                        return null;
                    }
                }, ByteSize::text, value -> value >= least && value <= most && value % 4096 == 0);
    }

    /// The constants of an enumeration by their names in lower case.
    static <E extends Enum<E>> Syntax<E> constants(Class<E> type) {
        List<E> constants = List.of(type.getEnumConstants());
        return choice(constants.stream().map(constant -> constant.name().toLowerCase(Locale.ROOT)).toList(), constants);
    }

    /// Words, and the values that they stand for.
    static <T> Syntax<T> choice(List<String> words, List<T> values) {
        String wanted = series(words, "or");
        return new Syntax<>(wanted, words, wanted,
                text -> {
                    int index = words.indexOf(text.toLowerCase(Locale.ROOT));
                    return index < 0 ? null : values.get(index);
                },
                value -> {
                    int index = values.indexOf(value);
                    return index < 0 ? value.toString() : words.get(index);
                }, values::contains);
    }

    /// Words in a row, as `a, b or c`.
    static String series(List<String> words, String lastly) {
        int last = words.size() - 1;
        return last == 0 ? words.getFirst()
                : String.join(", ", words.subList(0, last)) + " " + lastly + " " + words.get(last);
    }

    static Syntax<String> words(List<String> words) {
        return choice(words, words);
    }

    /// Seconds since 1970, within the 63 bits of nanoseconds that the clock counts.
    static Syntax<Long> dates() {
        return new Syntax<>("a date from 1970 to 2262 such as 2025-01-31, 2025-01-31T12:00:00Z or 1738324800",
                List.of(), "", text -> {
                    try {
                        return NUMBER.matcher(text).matches() ? Long.valueOf(text)
                                : text.contains("T") ? (Long) Instant.parse(text).getEpochSecond()
                                        : (Long) LocalDate.parse(text).atStartOfDay().toEpochSecond(ZoneOffset.UTC);
                    } catch (DateTimeException _) {
                        return null;
                    }
                }, Object::toString, value -> value >= 0 && value <= LAST_SECOND);
    }

    /// A preset of the timing model or a file; empty for no model.
    static Syntax<String> timing() {
        return new Syntax<>("one of " + String.join(", ", TimingParameters.PRESETS)
                + ", or the name of a file with a / or a dot in it", TimingParameters.PRESETS, "", text -> text,
                text -> text, text -> text.isEmpty() || TimingParameters.PRESETS.contains(text)
                        || TimingParameters.isFile(text));
    }

    /// Assignments to parameters of the timing model; empty for none.
    static Syntax<String> timingParameters() {
        return new Syntax<>("KEY=VALUE,KEY=VALUE", List.of(), "", text -> {
            TimingParameters.requireAssignments(text);
            return text;
        }, text -> text, _ -> true);
    }

    /// Texts of a form.
    static Syntax<String> form(String wanted, String form) {
        Pattern pattern = Pattern.compile(form);
        return new Syntax<>(wanted, List.of(), "", text -> text, text -> text,
                text -> Arrays.stream(text.split("\n")).allMatch(line -> pattern.matcher(line).matches()));
    }
}
