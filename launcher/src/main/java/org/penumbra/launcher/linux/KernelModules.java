// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.linux;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/// Modules of a kernel package, with what each needs: `kernel/…/NAME.ko.xz`, or `.ko`, below a directory named like the
/// kernel's release.
///
/// A package brings no `modules.dep`, which is made when it is installed; the same facts stand in the modules.
final class KernelModules {

    private static final String COMPRESSED = ".ko.xz";
    private static final String PLAIN = ".ko";
    /// Of what is looked for in a module, the shortest key with its sign.
    private static final int SHORTEST_ENTRY = "alias=".length();
    /// What a module says of itself.
    ///
    /// @param path     below the directory, without the ending of the compression
    /// @param needs    names of modules to be loaded before, or aliases of them
    /// @param contents unpacked
    private record Module(String path, Set<String> needs, Set<String> aliases, byte[] contents) {
    }

    private final Path directory;
    private final Map<String, Path> files = new HashMap<>();

    private KernelModules(Path directory) {
        this.directory = directory;
    }

    /// Modules in a directory that holds one directory for each kernel.
    ///
    /// @throws IOException with one line when there is none
    static KernelModules in(Path parent) throws IOException {
        try (Stream<Path> kernels = Files.list(parent)) {
            Path directory = kernels.filter(path -> Files.isDirectory(path.resolve("kernel"))).findFirst()
                    .orElseThrow(() -> new IOException("no kernel modules in " + parent));
            KernelModules modules = new KernelModules(directory);
            try (Stream<Path> all = Files.walk(directory)) {
                all.filter(path -> path.toString().endsWith(COMPRESSED) || path.toString().endsWith(PLAIN))
                        .forEach(path -> modules.files.put(name(path), path));
            }
            return modules;
        }
    }

    /// The name a module goes by: dashes of a file's name are underscores there.
    private static String name(Path file) {
        return file.getFileName().toString().replace(COMPRESSED, PLAIN).replace(PLAIN, "").replace('-', '_');
    }

    boolean have(Collection<String> names) {
        return files.keySet().containsAll(names);
    }

    /// Copies some modules, and all that they need, to a directory like this one's parent, unpacked and trimmed: every
    /// boot reads them, and unpacking takes half a second of a Java that has just started.
    void copy(Collection<String> names, Path parent) throws IOException {
        for (Module module : closure(names).values()) {
            Path to = parent.resolve(directory.getFileName()).resolve(module.path());
            Files.createDirectories(to.getParent());
            Files.write(to, TrimmedModule.of(module.contents()));
        }
    }

    /// Adds some modules, trimmed, all that they need, and the tables that `modprobe` works by.
    void addTo(CpioArchive archive, Collection<String> names) throws IOException {
        SequencedMap<String, Module> modules = closure(names);
        String root = "lib/modules/" + directory.getFileName();
        Set<String> folders = new LinkedHashSet<>();
        StringBuilder dependencies = new StringBuilder();
        StringBuilder aliases = new StringBuilder();
        for (var entry : modules.entrySet()) {
            Module module = entry.getValue();
            String file = root + "/" + module.path();
            for (int slash = file.indexOf('/'); slash >= 0; slash = file.indexOf('/', slash + 1)) {
                if (folders.add(file.substring(0, slash))) {
                    archive.directory(file.substring(0, slash));
                }
            }
            archive.file(file, 0644, TrimmedModule.of(module.contents()));
            // The last one named is loaded first.
            dependencies.append(module.path()).append(':');
            List<String> needed = new ArrayList<>();
            order(entry.getKey(), modules, needed);
            for (String name : needed.subList(0, needed.size() - 1).reversed()) {
                dependencies.append(' ').append(modules.get(name).path());
            }
            dependencies.append('\n');
            module.aliases().forEach(alias -> aliases.append("alias ").append(alias).append(' ').append(entry.getKey())
                    .append('\n'));
        }
        archive.file(root + "/modules.dep", 0644, dependencies.toString().getBytes(StandardCharsets.US_ASCII));
        archive.file(root + "/modules.alias", 0644, aliases.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private SequencedMap<String, Module> closure(Collection<String> names) throws IOException {
        SequencedMap<String, Module> found = new LinkedHashMap<>();
        List<String> wanted = new ArrayList<>(names);
        for (int i = 0; i < wanted.size(); i++) {
            String name = wanted.get(i);
            if (found.containsKey(name)) {
                continue;
            }
            Path file = files.get(name);
            if (file == null) {
                throw new IOException("the kernel's package has no module " + name);
            }
            Module module = read(file);
            found.put(name, module);
            module.needs().stream().filter(files::containsKey).forEach(wanted::add);
        }
        return found;
    }

    /// Appends what a module needs, in order of loading, and itself.
    private static void order(String name, Map<String, Module> modules, List<String> into) {
        for (String need : modules.get(name).needs()) {
            for (String other : modules.keySet()) {
                // Needs that are given as an alias have a module only if somebody chose one.
                if (!into.contains(other) && !other.equals(name)
                        && (other.equals(need) || modules.get(other).aliases().contains(need))) {
                    order(other, modules, into);
                }
            }
        }
        into.add(name);
    }

    private Module read(Path file) throws IOException {
        byte[] contents;
        try (InputStream raw = Files.newInputStream(file);
                InputStream in = file.toString().endsWith(PLAIN) ? raw : new XZInputStream(raw)) {
            contents = in.readAllBytes();
        } catch (IOException e) {
            throw new IOException(file + ": is damaged (" + e.getMessage() + ")", e);
        }
        String path = directory.relativize(file).toString().replace(COMPRESSED, PLAIN);
        Set<String> needs = new LinkedHashSet<>();
        Set<String> aliases = new LinkedHashSet<>();
        // The section .modinfo is a list of KEY=VALUE, each closed by a zero; nothing else in a module looks like it.
        for (int start = 0, end; start < contents.length; start = end + 1) {
            for (end = start; end < contents.length && contents[end] != 0; end++) {
            }
            if (end - start > SHORTEST_ENTRY && (contents[start] == 'd' || contents[start] == 's' || contents[start]
                    == 'a')) {
                take(new String(contents, start, end - start, StandardCharsets.ISO_8859_1), needs, aliases);
            }
        }
        return new Module(path, needs, aliases, contents);
    }

    private static void take(String entry, Set<String> needs, Set<String> aliases) {
        if (entry.startsWith("depends=")) {
            needs.addAll(words(entry.substring("depends=".length()).replace('-', '_'), ","));
        } else if (entry.startsWith("softdep=pre: ")) {
            needs.addAll(words(entry.substring("softdep=pre: ".length()), " "));
        } else if (entry.startsWith("alias=")) {
            aliases.add(entry.substring("alias=".length()));
        }
    }

    private static List<String> words(String text, String separator) {
        return Stream.of(text.split(separator)).filter(word -> !word.isEmpty() && !word.endsWith(":")).toList();
    }
}
