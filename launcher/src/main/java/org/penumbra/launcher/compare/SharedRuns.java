// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Collection;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/// What the members of a cluster know in common of the runs of a comparison: who does which, and what came of it.
///
/// A run is done once if all goes well. It is done again when the member that took it is gone, and when nothing else is
/// left to take: then a member that waits does what another has not finished. Whoever is first has given the result;
/// a second one only has to be the same, to the bit but for what depends on the computer.
///
/// A member is its address, a blank, and what no other has, not even a later one at the same address.
final class SharedRuns {

    private static final String MEMBER = "member";
    private static final String RUNS = "runs";
    private static final String FAILURE = "failure";

    private final ComparePlan plan;
    private final Maps maps;
    private final String me;
    private final Supplier<Set<String>> members;

    /// What the members share.
    ///
    /// @param claims         who does a job
    /// @param seconds        who does it a second time
    /// @param results        what came of it
    /// @param contradictions lines for users, by who found them
    record Maps(ConcurrentMap<Integer, String> claims, ConcurrentMap<Integer, String> seconds,
            ConcurrentMap<Integer, String> results, ConcurrentMap<String, String> contradictions) {
    }

    /// @param members that are there now
    SharedRuns(ComparePlan plan, Maps maps, String me, Supplier<Set<String>> members) {
        this.plan = plan;
        this.maps = maps;
        this.me = me;
        this.members = members;
    }

    /// Takes a job, if there is one to do now.
    OptionalInt take() {
        Set<Integer> done = maps.results.keySet();
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!done.contains(job) && maps.claims.putIfAbsent(job, me) == null) {
                return OptionalInt.of(job);
            }
        }
        Set<String> there = members.get();
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!done.contains(job) && (isLost(maps.claims, job, there) || isLost(maps.seconds, job, there))) {
                return OptionalInt.of(job);
            }
        }
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!done.contains(job) && !me.equals(maps.claims.get(job))
                    && maps.seconds.putIfAbsent(job, me) == null) {
                return OptionalInt.of(job);
            }
        }
        return OptionalInt.empty();
    }

    /// Whether this member has just taken a job over from one that is gone.
    private boolean isLost(ConcurrentMap<Integer, String> claims, int job, Set<String> there) {
        String owner = claims.get(job);
        return owner != null && !there.contains(owner) && claims.replace(job, owner, me);
    }

    void done(int job, JsonArray runs) {
        JsonObject result = new JsonObject();
        result.add(RUNS, runs);
        put(job, result);
    }

    void failed(int job, String failure) {
        JsonObject result = new JsonObject();
        result.addProperty(FAILURE, failure);
        put(job, result);
    }

    private void put(int job, JsonObject result) {
        result.addProperty(MEMBER, me);
        String mine = result.toString();
        String before = maps.results.putIfAbsent(job, mine);
        if (before == null) {
            return;
        }
        JsonObject first = parsed(before);
        JsonObject second = parsed(mine);
        first.remove(MEMBER);
        second.remove(MEMBER);
        String difference = ResultDirectory.difference(first, second);
        if (difference != null) {
            maps.contradictions.put(job + " " + me, plan.jobs().get(job).title() + ": " + address(parsed(before)
                    .get(MEMBER).getAsString()) + " and " + address(me) + " contradict each other: " + difference);
        }
    }

    private static JsonObject parsed(String text) {
        return JsonParser.parseString(text).getAsJsonObject();
    }

    private static String address(String member) {
        return member.split(" ")[0];
    }

    /// Whether each job has a result.
    boolean isComplete() {
        return maps.results.size() == plan.jobs().size();
    }

    int finished() {
        return maps.results.size();
    }

    /// Gives all results to a report.
    void report(CompareRun.Results report) {
        maps.results.forEach((job, text) -> {
            JsonObject result = parsed(text);
            if (result.has(RUNS)) {
                report.done(job, ResultDirectory.runs(result.getAsJsonArray(RUNS)));
            } else {
                report.failed(result.get(FAILURE).getAsString() + " ("
                        + address(result.get(MEMBER).getAsString()) + ")");
            }
        });
        contradictions().forEach(report::failed);
    }

    Collection<String> contradictions() {
        return maps.contradictions.values();
    }
}
