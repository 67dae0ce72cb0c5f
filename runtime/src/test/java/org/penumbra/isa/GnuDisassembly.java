// SPDX-License-Identifier: Apache-2.0
package org.penumbra.isa;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// GNU binutils' opinion of instruction words, as an oracle that shares nothing with our tables.
final class GnuDisassembly {
    private static final String PREFIX = "riscv64-unknown-elf-";
    private static final String ARCHITECTURE =
            "rv64imafdch_zicsr_zifencei_zba_zbb_zbs_zicbom_zicboz_svinval_zfh_zawrs";
    /// `  1a:\t00a58533          \tadd\ta0,a1,a0 # comment`
    private static final Pattern LINE = Pattern.compile("^ *([0-9a-f]+):\\t([0-9a-f]+) +\\t([^#]*?)(?:\\s*#.*)?$");

    /// Line of the disassembly: `text` is `add a0,a1,a0`, without aliases and without spaces between operands.
    record Line(long pc, int bits, String text) {
        /// Tells if binutils knows no instruction of these bits.
        boolean illegal() {
            return text.startsWith(".") || text.startsWith("c.unimp");
        }
    }

    private GnuDisassembly() {
    }

    /// Tells if the tools are installed (Debian: binutils-riscv64-unknown-elf).
    static boolean available() {
        for (String directory : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(directory, PREFIX + "objdump"))) {
                return true;
            }
        }
        return false;
    }

    /// Disassembles `words`, which all have `size` bytes.
    static List<Line> of(int[] words, int size, Path directory) throws IOException, InterruptedException {
        ByteBuffer bytes = ByteBuffer.allocate(words.length * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int word : words) {
            if (size == 2) {
                bytes.putShort((short) word);
            } else {
                bytes.putInt(word);
            }
        }
        Files.write(directory.resolve("words.bin"), bytes.array());
        Files.writeString(directory.resolve("words.s"), ".text\n.incbin \"words.bin\"\n");
        // Without its mapping symbols the included file is code, not data.
        run(directory, "as", "-march=" + ARCHITECTURE, "-o", "words.o", "words.s");
        run(directory, "strip", "--strip-all", "words.o");
        run(directory, "objdump", "-D", "-z", "-M", "no-aliases", "-j", ".text", "words.o");
        var lines = new ArrayList<Line>();
        try (var text = Files.lines(directory.resolve("objdump.out"))) {
            for (String line : (Iterable<String>) text::iterator) {
                var matcher = LINE.matcher(line);
                if (matcher.matches()) {
                    lines.add(new Line(Long.parseLong(matcher.group(1), 16),
                            Integer.parseUnsignedInt(matcher.group(2), 16), matcher.group(3).replace('\t', ' ')));
                }
            }
        }
        return lines;
    }

    private static void run(Path directory, String tool, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<String>();
        command.add(PREFIX + tool);
        command.addAll(List.of(arguments));
        int status = new ProcessBuilder(command).directory(directory.toFile())
                .redirectOutput(directory.resolve(tool + ".out").toFile())
                .redirectError(directory.resolve(tool + ".err").toFile()).start().waitFor();
        if (status != 0) {
            throw new IOException(tool + " failed: " + Files.readString(directory.resolve(tool + ".err")));
        }
    }
}
