// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;
import org.penumbra.launcher.guest.StatisticsFile;
import org.penumbra.launcher.report.Run;

/// A directory with the results of a shard: the plan of the whole comparison, and a file for each job that is done.
///
/// A file is there as a whole or not at all, so that a shard that was interrupted goes on where it was. Several shards
/// may share one.
final class ResultDirectory {

    private static final String PLAN = "plan.json";
    private static final String COMMAND = "command";
    /// What depends on the computer, not on the guest.
    private static final Set<String> OF_THE_HOST = Set.of("hostSeconds", "compiler");

    private final Path directory;
    private final ComparePlan plan;
    private final String command;
    private final String digest;

    private ResultDirectory(Path directory, ComparePlan plan, String command) {
        this.directory = directory;
        this.plan = plan;
        this.command = command;
        this.digest = plan.digest();
    }

    /// Makes the directory, or goes on with one of the same comparison.
    ///
    /// @param command that makes the whole comparison, for reports; not part of what it is
    /// @throws Failure 65 if it holds another comparison; 73 if it cannot be written
    static ResultDirectory create(Path directory, ComparePlan plan, String command) {
        var result = new ResultDirectory(directory, plan, command);
        Path file = directory.resolve(PLAN);
        if (Files.exists(file)) {
            if (!read(directory).digest.equals(result.digest)) {
                throw new Failure(ExitStatus.BAD_IMAGE, directory + ": holds results of another comparison");
            }
            return result;
        }
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, directory + ": cannot be made (" + e.getMessage() + ")");
        }
        JsonObject object = new JsonObject();
        object.addProperty(COMMAND, command);
        object.add("jobs", plan.json());
        result.write(file, object);
        return result;
    }

    /// @throws Failure 66 if there is no such directory with results, 65 if its plan is not one
    static ResultDirectory read(Path directory) {
        Path file = directory.resolve(PLAN);
        if (!Files.exists(file)) {
            throw new Failure(ExitStatus.NO_INPUT, directory + ": holds no results of compare --shard");
        }
        try {
            JsonObject object = object(file);
            return new ResultDirectory(directory, ComparePlan.of(object.getAsJsonArray("jobs")),
                    object.get(COMMAND).getAsString());
        } catch (RuntimeException e) {
            throw e instanceof Failure failure ? failure
                    : new Failure(ExitStatus.BAD_IMAGE, file + ": is not a plan of compare --shard");
        }
    }

    ComparePlan plan() {
        return plan;
    }

    String command() {
        return command;
    }

    String digest() {
        return digest;
    }

    private Path file(int job) {
        return directory.resolve("job-" + (job + 1) + ".json");
    }

    boolean has(int job) {
        return Files.exists(file(job));
    }

    /// Keeps the results of a job.
    ///
    /// @throws Failure 73 if they cannot be written
    void put(int job, List<Run> runs) {
        JsonObject object = new JsonObject();
        object.addProperty("plan", digest);
        object.addProperty("title", plan.jobs().get(job).title());
        JsonArray array = new JsonArray();
        runs.forEach(run -> array.add(CompareReport.json(run)));
        object.add("runs", array);
        write(file(job), object);
    }

    /// The results of a job, if they are there.
    ///
    /// @throws Failure 65 if the file is damaged, or of another comparison
    Optional<JsonArray> get(int job) {
        if (!has(job)) {
            return Optional.empty();
        }
        JsonObject object = object(file(job));
        if (!object.has("plan") || !object.has("runs") || !object.get("plan").getAsString().equals(digest)) {
            throw new Failure(ExitStatus.BAD_IMAGE, file(job) + ": is not a result of this comparison");
        }
        return Optional.of(object.getAsJsonArray("runs"));
    }

    /// Runs as [CompareReport#json] wrote them.
    static List<Run> runs(JsonArray array) {
        List<Run> runs = new ArrayList<>();
        for (JsonElement element : array) {
            JsonObject statistics = element.getAsJsonObject().deepCopy();
            String workload = statistics.remove("workload").getAsString();
            String output = statistics.remove("output").getAsString();
            Map<String, String> setting = new LinkedHashMap<>();
            statistics.remove("setting").getAsJsonObject().asMap()
                    .forEach((name, value) -> setting.put(name, value.getAsString()));
            runs.add(new Run(workload, setting, output, statistics));
        }
        return runs;
    }

    /// Where two results of the same job differ in what the guest decides, with both values, or null if they do not.
    static String difference(JsonElement one, JsonElement other) {
        return difference("", one, other);
    }

    private static String difference(String where, JsonElement one, JsonElement other) {
        if (one.isJsonObject() && other.isJsonObject()) {
            Set<String> names = new TreeSet<>(one.getAsJsonObject().keySet());
            names.addAll(other.getAsJsonObject().keySet());
            names.removeAll(OF_THE_HOST);
            for (String name : names) {
                JsonElement a = one.getAsJsonObject().get(name);
                JsonElement b = other.getAsJsonObject().get(name);
                String below = where.isEmpty() ? name : where + "." + name;
                String found = a == null || b == null ? below + " is there only once" : difference(below, a, b);
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        if (one.isJsonArray() && other.isJsonArray() && one.getAsJsonArray().size() == other.getAsJsonArray().size()) {
            for (int i = 0; i < one.getAsJsonArray().size(); i++) {
                String found = difference(where, one.getAsJsonArray().get(i), other.getAsJsonArray().get(i));
                if (found != null) {
                    return found;
                }
            }
            return null;
        }
        return one.equals(other) ? null : where + " is " + one + " and " + other;
    }

    private static JsonObject object(Path file) {
        try {
            return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        } catch (IOException e) {
            throw new Failure(ExitStatus.NO_INPUT, file + ": cannot be read (" + e.getMessage() + ")");
        } catch (JsonParseException | IllegalStateException e) {
            throw new Failure(ExitStatus.BAD_IMAGE, file + ": is damaged; delete it, and run its shard again");
        }
    }

    /// As a whole: other shards that share the directory, and who merges, see all of it or nothing.
    private void write(Path file, JsonObject object) {
        Path fresh = directory.resolve(file.getFileName() + "." + ProcessHandle.current().pid() + ".new");
        StatisticsFile.write(fresh, object);
        try {
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new Failure(ExitStatus.CANNOT_WRITE, file + ": cannot be written (" + e.getMessage() + ")");
        }
    }

    @Override
    public String toString() {
        return directory.toString();
    }
}
