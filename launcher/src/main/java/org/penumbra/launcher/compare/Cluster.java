// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.compare;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.stream.Collectors;
import org.penumbra.launcher.cli.ExitStatus;
import org.penumbra.launcher.cli.Failure;

/// A cluster of processes that share the runs of a comparison, each a member of Hazelcast. One of them leads: it has
/// the comparison, and makes the report. Only this class knows Hazelcast, and is loaded only where there is to be a
/// cluster.
///
/// What members have in common has a copy on a second member, so that it outlives one that is killed.
final class Cluster implements AutoCloseable {

    private static final String NAME = "penumbra";
    private static final String ARGUMENTS = "arguments";
    private static final String DIGEST = "digest";
    private static final String LEADER = "leader";
    private static final String END = "end";
    /// Seconds until a process that cannot be reached any more is taken for gone; one that ends is at once.
    private static final int SILENCE = 20;
    /// Milliseconds between looks at what others have done, and how many of these a member has to leave.
    static final int MOMENT = 200;
    private static final int PATIENCE = 25;

    private final HazelcastInstance instance;
    private final ConcurrentMap<String, String> facts;

    private Cluster(HazelcastInstance instance) {
        this.instance = instance;
        this.facts = instance.getMap("facts");
    }

    /// Begins a cluster for a comparison.
    ///
    /// @param at        where others join
    /// @param arguments of the command `compare`, by which they make the same plan
    /// @throws Failure 69 if it cannot listen there
    static Cluster begin(Endpoint at, List<String> arguments, ComparePlan plan) {
        Config config = config(at.host(), at.port(), false);
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).addMember(at.toString());
        var cluster = new Cluster(start(config, at + ": cannot listen there"));
        JsonArray words = new JsonArray();
        arguments.forEach(words::add);
        cluster.facts.put(DIGEST, plan.digest());
        cluster.facts.put(LEADER, cluster.me());
        cluster.facts.put(ARGUMENTS, words.toString());
        return cluster;
    }

    /// Joins a cluster.
    ///
    /// @param at   where it is
    /// @param from this computer's address
    /// @throws Failure 69 if there is none, or it cannot be reached
    static Cluster join(Endpoint at, String from) {
        at.requireListener();
        Config config = config(from, at.port() + 1, true);
        config.setProperty("hazelcast.max.join.seconds", "20");
        config.getNetworkConfig().getJoin().getTcpIpConfig().setEnabled(true).setRequiredMember(at.toString());
        return new Cluster(start(config, at + ": no comparison can be reached there"));
    }

    private static Config config(String host, int port, boolean orNext) {
        Config config = new Config().setClusterName(NAME);
        config.setProperty("hazelcast.phone.home.enabled", "false")
                .setProperty("hazelcast.socket.bind.any", "false")
                .setProperty("hazelcast.shutdownhook.enabled", "false")
                .setProperty("hazelcast.heartbeat.interval.seconds", "2")
                .setProperty("hazelcast.max.no.heartbeat.seconds", Integer.toString(SILENCE));
        NetworkConfig network = config.getNetworkConfig().setPort(port).setPortAutoIncrement(orNext)
                .setReuseAddress(true);
        network.getInterfaces().setEnabled(true).addInterface(host);
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        return config;
    }

    private static HazelcastInstance start(Config config, String failure) {
        // Also for what it logs before it knows its configuration.
        System.setProperty("hazelcast.logging.type", "none");
        try {
            return Hazelcast.newHazelcastInstance(config);
        } catch (HazelcastException | IllegalStateException e) {
            throw new Failure(ExitStatus.UNAVAILABLE, failure + (e.getMessage() == null ? ""
                    : " (" + e.getMessage().lines().findFirst().orElse("") + ")"));
        }
    }

    private static String name(Member member) {
        return member.getAddress().getHost() + ":" + member.getAddress().getPort() + " " + member.getUuid();
    }

    private String me() {
        return name(instance.getCluster().getLocalMember());
    }

    private Set<String> members() {
        return instance.getCluster().getMembers().stream().map(Cluster::name).collect(Collectors.toSet());
    }

    int size() {
        return members().size();
    }

    /// The arguments of the comparison, as [#begin] got them.
    List<String> arguments() {
        return JsonParser.parseString(facts.get(ARGUMENTS)).getAsJsonArray().asList().stream()
                .map(word -> word.getAsString()).toList();
    }

    /// Whether a plan is that of the one who leads.
    boolean agrees(ComparePlan plan) {
        return plan.digest().equals(facts.get(DIGEST));
    }

    /// Whether there is nothing left to do: the comparison has ended, or who leads is gone.
    boolean isOver() {
        try {
            return facts.containsKey(END) || !members().contains(facts.getOrDefault(LEADER, ""));
        } catch (HazelcastInstanceNotActiveException _) {
            return true;
        }
    }

    /// Whether the comparison has ended, and was not given up.
    boolean isEnded() {
        try {
            return facts.containsKey(END);
        } catch (HazelcastInstanceNotActiveException _) {
            return false;
        }
    }

    /// Tells all members that the comparison has ended, and lets them go.
    void end() throws InterruptedException {
        facts.put(END, END);
        for (int i = 0; i < PATIENCE && size() > 1; i++) {
            Thread.sleep(MOMENT);
        }
    }

    SharedRuns runs(ComparePlan plan) {
        return new SharedRuns(plan, new SharedRuns.Maps(instance.getMap("claims"), instance.getMap("seconds"),
                instance.getMap("results"), instance.getMap("contradictions")), me(), this::members);
    }

    /// Starts threads that do jobs until none is left, and do not keep the process alive.
    ///
    /// @param options of the polyglot engine and the language
    /// @param count   of jobs at a time
    void workers(List<CompareJob> jobs, SharedRuns runs, Map<String, String> options, int count) {
        MemoryBudget budget = MemoryBudget.ofThisComputer();
        for (int i = 0; i < count; i++) {
            Thread.ofPlatform().daemon().name("compare-" + i).start(() -> work(jobs, runs, options, budget));
        }
    }

    private void work(List<CompareJob> jobs, SharedRuns runs, Map<String, String> options, MemoryBudget budget) {
        try {
            while (!isOver() && !runs.isComplete()) {
                var taken = runs.take();
                if (taken.isEmpty()) {
                    Thread.sleep(MOMENT);
                    continue;
                }
                CompareJob job = jobs.get(taken.getAsInt());
                try {
                    JsonArray results = new JsonArray();
                    job.run(options, budget, System.err).forEach(run -> results.add(CompareReport.json(run)));
                    runs.done(taken.getAsInt(), results);
                } catch (HazelcastInstanceNotActiveException | InterruptedException e) {
                    throw e;
                } catch (Throwable problem) {
                    runs.failed(taken.getAsInt(), job.title() + ": " + Failure.of(problem).getMessage());
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (HazelcastInstanceNotActiveException _) {
            // Closed: the comparison has ended.
        }
    }

    @Override
    public void close() {
        // Nobody needs what it holds any more.
        instance.getLifecycleService().terminate();
    }
}
