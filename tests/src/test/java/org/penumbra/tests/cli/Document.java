// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A document of the project, with the commands that it shows.
///
/// A fenced block of language `sh` is run as it stands, all its lines in one shell. A comment in the line before the fence
/// may say when: `<!-- long -->` and `<!-- offline -->` name a profile, `<!-- not run: reason -->` says why not.
record Document(Path file, String text) {
    private static final Pattern BLOCK = Pattern.compile("(?:<!-- (long|offline|not run: [^>]+?) -->\n)?```sh\n(.*?)```",
            Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)\\s]*)?\\)");

    /// Commands of a document.
    ///
    /// @param when `default`, `long`, `offline`, or `not run: …`
    record Block(Path file, int line, String when, String commands) {
        @Override
        public String toString() {
            return file + ":" + line + " " + commands.lines().findFirst().orElse("");
        }
    }

    /// All documents below a folder that are the project's own.
    static List<Document> below(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            List<Document> documents = new ArrayList<>();
            for (Path file : files.filter(file -> file.toString().endsWith(".md")).sorted().toList()) {
                Path inside = root.relativize(file);
                boolean ours = !inside.toString().contains("target") && !inside.startsWith(".penumbra");
                if (ours) {
                    documents.add(new Document(inside, Files.readString(file)));
                }
            }
            return documents;
        }
    }

    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        Matcher matcher = BLOCK.matcher(text);
        while (matcher.find()) {
            int line = (int) text.substring(0, matcher.start(2)).lines().count() + 1;
            String when = matcher.group(1) == null ? "default" : matcher.group(1);
            blocks.add(new Block(file, line, when, matcher.group(2)));
        }
        return blocks;
    }

    /// Targets of links to files, relative to the project's root.
    List<Path> links() {
        List<Path> links = new ArrayList<>();
        Matcher matcher = LINK.matcher(text);
        while (matcher.find()) {
            if (!matcher.group(1).contains("://") && !matcher.group(1).startsWith("mailto:")) {
                links.add(file.resolveSibling(matcher.group(1)).normalize());
            }
        }
        return links;
    }
}
