// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What the documents say is so: their commands run when pasted into a fresh checkout, and their links lead somewhere.
final class DocumentsTest {
    private static final Path ROOT = Path.of(System.getProperty("penumbra.root"));
    private static final long LONGEST_SECONDS = 1800;

    @TempDir
    private Path checkout;

    /// A folder that looks like a checkout: a start script that needs no building, and what commands name.
    @BeforeEach
    void makeCheckout() throws IOException {
        for (String part : List.of("benchmarks", "docs", "tests")) {
            Files.createSymbolicLink(checkout.resolve(part), ROOT.resolve(part));
        }
        StringBuilder script = new StringBuilder("#!/bin/sh\nexec");
        List<String> command = Command.of("VERB");
        for (String word : command.subList(0, command.size() - 1)) {
            script.append(" '").append(word.replace("'", "'\\''")).append('\'');
        }
        Path penumbra = Files.writeString(checkout.resolve("penumbra"), script.append(" \"$@\"\n"));
        assertTrue(penumbra.toFile().setExecutable(true));
    }

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        int links = 0;
        for (Document document : Document.below(ROOT)) {
            for (Path link : document.links()) {
                links++;
                if (!Files.exists(ROOT.resolve(link))) {
                    broken.add(document.file() + " -> " + link);
                }
            }
        }
        assertTrue(links > 10, "links are not found any more");
        assertEquals(List.of(), broken);
    }

    @Test
    void everyBlockOfCommandsIsRunOrSaysWhyNot() throws IOException {
        List<Document.Block> blocks = blocks("");
        assertFalse(blocks.isEmpty());
        for (Document.Block block : blocks) {
            assertTrue(block.commands().contains("penumbra") || block.when().startsWith("not run: "), block.toString());
        }
    }

    @ParameterizedTest
    @MethodSource
    void commandsRunWhenPasted(Document.Block block) throws Exception {
        paste(block);
    }

    static Stream<Document.Block> commandsRunWhenPasted() throws IOException {
        return blocks("default").stream();
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource
    void longerCommandsRunWhenPasted(Document.Block block) throws Exception {
        paste(block);
    }

    static Stream<Document.Block> longerCommandsRunWhenPasted() throws IOException {
        return blocks("long").stream();
    }

    @Tag("offline")
    @ParameterizedTest
    @MethodSource
    void longestCommandsRunWhenPasted(Document.Block block) throws Exception {
        paste(block);
    }

    static Stream<Document.Block> longestCommandsRunWhenPasted() throws IOException {
        return blocks("offline").stream();
    }

    /// Debian's QEMU with KVM within Debian's kernel within Penumbra, by the commands of docs/hypervisor.md.
    @Tag("offline")
    @ParameterizedTest
    @CsvSource({"--harts 1", "--harts 2", "--harts 2 --smp parallel --clock host", "--model hap", "--model ssp", "--model tsp"})
    void kvmInTheGuestBootsALinux(String options) throws Exception {
        Document.Block block = blocks("not run: DocumentsTest.kvmInTheGuestBootsALinux").getFirst();
        String start = "./penumbra linux ";
        assertTrue(block.commands().contains(start), block.commands());
        String said = paste(block, block.commands().replace(start, start + options + " "));
        String numbers = IntStream.rangeClosed(1, 20_000).mapToObj(number -> number + "\n").sorted().collect(Collectors.joining());
        String sum = HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(numbers.getBytes(StandardCharsets.US_ASCII)));
        assertTrue(said.contains("inner: Linux 6.") && said.contains("inner: " + sum), said);
        assertTrue(Files.readString(ROOT.resolve("docs/hypervisor.md")).contains("inner: " + sum), "the document shows it");
    }

    private static List<Document.Block> blocks(String when) throws IOException {
        return Document.below(ROOT).stream().flatMap(document -> document.blocks().stream())
                .filter(block -> block.when().startsWith(when)).toList();
    }

    private void paste(Document.Block block) throws Exception {
        paste(block, block.commands());
    }

    /// @return what the commands, which may differ from the block's, printed
    private String paste(Document.Block block, String commands) throws Exception {
        Path output = checkout.resolve("output");
        Process process = new ProcessBuilder("bash", "-euo", "pipefail", "-c", commands).directory(checkout.toFile())
                .redirectInput(Path.of("/dev/null").toFile()).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        try {
            assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), () -> block + ": still running");
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        LinuxRun.skipWhereFilesAreMissing(Files.readString(output));
        assertEquals(0, process.exitValue(), () -> block + ":\n" + read(output));
        return Files.readString(output);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
