// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What dpkg knows of packages that are unpacked and not configured yet, written as dpkg would have: `status`, a list
/// of files and the scripts of each, and the triggers they wait for. With it the guest's own dpkg configures them.
///
/// The formats are those of dpkg's manual pages deb-control(5), deb-triggers(5) and deb-conffiles(5), and of its
/// directory `/var/lib/dpkg`.
final class DpkgDatabase {

    private static final String DIRECTORY = "var/lib/dpkg";

    private final Path tree;
    private final Path info;
    private final StringBuilder status = new StringBuilder();
    /// Packages that wait for something, by what that is.
    private final Map<String, List<String>> interests = new TreeMap<>();

    /// @param tree where the packages are unpacked
    DpkgDatabase(Path tree) throws IOException {
        this.tree = tree;
        this.info = Files.createDirectories(tree.resolve(DIRECTORY).resolve("info"));
    }

    /// Adds a package.
    ///
    /// @param control the directory of its control files, some of which are moved
    /// @param files   paths of all that it has, as its archive names them: `./usr/bin/true`, directories with a slash
    ///                behind
    void add(Path control, List<String> files) throws IOException {
        SequencedMap<String, String> fields = fields(Files.readString(control.resolve("control")));
        String name = fields.get("Package");
        String own = "same".equals(fields.get("Multi-Arch")) ? name + ":" + fields.get("Architecture") : name;
        status.append("Package: ").append(name).append("\nStatus: install ok unpacked\n");
        fields.forEach((key, value) -> {
            if (!key.equals("Package")) {
                status.append(key).append(':').append(value.startsWith("\n") ? "" : " ").append(value).append('\n');
            }
        });
        Path configuration = control.resolve("conffiles");
        if (Files.exists(configuration)) {
            addConfiguration(Files.readAllLines(configuration));
        }
        status.append('\n');
        Files.writeString(info.resolve(own + ".list"), listed(files));
        Path triggers = control.resolve("triggers");
        if (Files.exists(triggers)) {
            Files.readAllLines(triggers).forEach(line -> addInterest(line.strip().split("\\s+"), own));
        }
        try (Stream<Path> all = Files.list(control)) {
            for (Path file : all.filter(path -> !path.endsWith("control")).toList()) {
                Files.move(file, info.resolve(own + "." + file.getFileName()));
            }
        }
    }

    /// Paths that start at the root, which is `/.` to dpkg.
    private static String listed(List<String> files) {
        StringBuilder text = new StringBuilder();
        for (String file : files) {
            String path = file.startsWith(".") ? file.substring(1) : "/" + file;
            text.append(path.equals("/") || path.isEmpty() ? "/." : path.endsWith("/")
                    ? path.substring(0, path.length() - 1) : path)
                    .append('\n');
        }
        return text.toString();
    }

    /// The fields of a control file; those of several lines as they are.
    static SequencedMap<String, String> fields(String text) {
        SequencedMap<String, String> fields = new LinkedHashMap<>();
        String last = null;
        for (String line : text.lines().toList()) {
            int colon = line.indexOf(':');
            if (line.startsWith(" ") || line.startsWith("\t")) {
                fields.merge(last, line, (before, more) -> before + "\n" + more);
            } else if (colon > 0) {
                last = line.substring(0, colon);
                fields.put(last, line.substring(colon + 1).strip());
            }
        }
        return fields;
    }

    /// The sums of configuration files as they came: what differs from them later is the user's change.
    private void addConfiguration(List<String> lines) throws IOException {
        StringBuilder entries = new StringBuilder();
        for (String line : lines) {
            Path file = tree.resolve(line.strip().replaceFirst("^/", ""));
            // A line that does not start with a slash has a flag in front: the file is to be removed.
            if (line.startsWith("/") && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                entries.append("\n ").append(line.strip()).append(' ').append(sum(file));
            }
        }
        if (!entries.isEmpty()) {
            status.append("Conffiles:").append(entries).append('\n');
        }
    }

    private static String sum(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has MD5", e);
        }
    }

    private void addInterest(String[] words, String own) {
        if (words.length == 2 && words[0].startsWith("interest")) {
            interests.computeIfAbsent(words[1], _ -> new ArrayList<>())
                    .add(own + (words[0].endsWith("-noawait") ? "/noawait" : ""));
        }
    }

    /// Writes what concerns all packages.
    void write() throws IOException {
        Path directory = tree.resolve(DIRECTORY);
        Path triggers = Files.createDirectories(directory.resolve("triggers"));
        Files.createDirectories(directory.resolve("updates"));
        Files.createDirectories(directory.resolve("alternatives"));
        Files.writeString(info.resolve("format"), "1\n");
        Files.writeString(directory.resolve("status"), status.toString(), StandardCharsets.UTF_8);
        Files.writeString(directory.resolve("available"), "");
        StringBuilder files = new StringBuilder();
        for (var entry : interests.entrySet()) {
            if (entry.getKey().startsWith("/")) {
                entry.getValue().forEach(who -> files.append(entry.getKey()).append(' ').append(who).append('\n'));
            } else {
                Files.write(triggers.resolve(entry.getKey()), entry.getValue());
            }
        }
        Files.writeString(triggers.resolve("File"), files.toString());
    }
}
