// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.BitSet;
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
/// Everything is asked for by the number of a job: what is asked of all members at a time fails when one of them ends.
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
    /// Jobs that this member has taken, and those that are known to have a result.
    private final BitSet mine = new BitSet();
    private final BitSet finished = new BitSet();

    /// What the members share.
    ///
    /// @param claims         who does a job
    /// @param seconds        who does it a second time
    /// @param results        what came of it
    /// @param contradictions lines for users, of jobs whose results differ
    record Maps(ConcurrentMap<Integer, String> claims, ConcurrentMap<Integer, String> seconds,
            ConcurrentMap<Integer, String> results, ConcurrentMap<Integer, String> contradictions) {
    }

    /// @param members that are there now
    SharedRuns(ComparePlan plan, Maps maps, String me, Supplier<Set<String>> members) {
        this.plan = plan;
        this.maps = maps;
        this.me = me;
        this.members = members;
    }

    /// Takes a job, if there is one to do now.
    synchronized OptionalInt take() {
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!isDone(job) && isMine(job, maps.claims.putIfAbsent(job, me))) {
                return taken(job);
            }
        }
        Set<String> there = members.get();
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!isDone(job) && (isLost(maps.claims, job, there) || isLost(maps.seconds, job, there))) {
                return taken(job);
            }
        }
        for (int job = 0; job < plan.jobs().size(); job++) {
            if (!isDone(job) && !mine.get(job) && maps.seconds.putIfAbsent(job, me) == null) {
                return taken(job);
            }
        }
        return OptionalInt.empty();
    }

    private OptionalInt taken(int job) {
        mine.set(job);
        return OptionalInt.of(job);
    }

    /// Whether an attempt to claim a job has claimed it. One that was made twice, because a member was lost on its way,
    /// finds its own claim.
    private boolean isMine(int job, String before) {
        return before == null || before.equals(me) && !mine.get(job);
    }

    /// Whether this member has just taken a job over from one that is gone.
    private boolean isLost(ConcurrentMap<Integer, String> claims, int job, Set<String> there) {
        String owner = claims.get(job);
        return owner != null && !there.contains(owner) && claims.replace(job, owner, me);
    }

    /// Whether a job has a result, which it does not lose again.
    private synchronized boolean isDone(int job) {
        if (!finished.get(job) && maps.results.containsKey(job)) {
            finished.set(job);
        }
        return finished.get(job);
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
            maps.contradictions.putIfAbsent(job, plan.jobs().get(job).title() + ": " + address(parsed(before)
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
        return finished() == plan.jobs().size();
    }

    /// How many jobs have one.
    int finished() {
        int count = 0;
        for (int job = 0; job < plan.jobs().size(); job++) {
            count += isDone(job) ? 1 : 0;
        }
        return count;
    }

    /// Gives all results to a report.
    void report(CompareRun.Results report) {
        for (int job = 0; job < plan.jobs().size(); job++) {
            String text = maps.results.get(job);
            if (text == null) {
                continue;
            }
            JsonObject result = parsed(text);
            if (result.has(RUNS)) {
                report.done(job, ResultDirectory.runs(result.getAsJsonArray(RUNS)));
            } else {
                report.failed(result.get(FAILURE).getAsString() + " ("
                        + address(result.get(MEMBER).getAsString()) + ")");
            }
            String contradiction = maps.contradictions.get(job);
            if (contradiction != null) {
                report.failed(contradiction);
            }
        }
    }
}
