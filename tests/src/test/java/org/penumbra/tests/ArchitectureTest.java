// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.oracle.truffle.api.CompilerDirectives;
import com.oracle.truffle.api.HostCompilerDirectives;
import com.oracle.truffle.api.nodes.ControlFlowException;
import com.oracle.truffle.api.nodes.ExplodeLoop;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.penumbra.code.CodePage;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.mmu.AddressSpaces;
import org.penumbra.mmu.FetchTlb;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.mmu.WalkReferences;

/// The modules depend on each other in one direction, and the runtime stays plain Java.
final class ArchitectureTest {

    private static final String[] RUNTIME = {
        "org.penumbra.isa..", "org.penumbra.code..", "org.penumbra.hart..", "org.penumbra.interpreter..",
        "org.penumbra.memory..", "org.penumbra.mmu..", "org.penumbra.exits..", "org.penumbra.paging..",
        "org.penumbra.monitor..", "org.penumbra.device..", "org.penumbra.firmware..", "org.penumbra.machine..",
        "org.penumbra.snapshot..", "org.penumbra.timing.."
    };
    /// All packages below `org.penumbra`, the lowest first: each knows those before it only. A CSR is part of its hart, so
    /// those two share a floor.
    private static final List<List<String>> FLOORS = List.of(
            List.of("format"), List.of("options"), List.of("snapshot"), List.of("isa.fp"), List.of("isa"), List.of("memory"), List.of("code"), List.of("mmu"),
            List.of("exits"),
            List.of("hart", "hart.csr"), List.of("paging.shadow"), List.of("paging"),
            List.of("timing"), List.of("device"), List.of("device.share"), List.of("device.virtio"), List.of("device.net"), List.of("device.board"),
            List.of("monitor"), List.of("interpreter"), List.of("firmware"), List.of("machine.image"), List.of("machine"),
            List.of("language.region"), List.of("language.translator"), List.of("language.nodes"), List.of("language.engine"),
            List.of("language.gdb"), List.of("language.debug"), List.of("language"),
            List.of("benchmarks"), List.of("benchmarks.micro"),
            List.of("benchmarks.micro.jmh_generated"),
            List.of("launcher.cli"), List.of("launcher.terminal"), List.of("launcher.report"), List.of("launcher.guest"),
            List.of("launcher.inspect"), List.of("launcher.linux"), List.of("launcher.script"), List.of("launcher.compare"), List.of("launcher.bench"),
            List.of("launcher"), List.of("launcher.start"));
    private static final String LANGUAGE = "org.penumbra.language..";
    private static final String LAUNCHER = "org.penumbra.launcher..";
    private static final String BENCHMARKS = "org.penumbra.benchmarks..";
    private static final String POLYGLOT = "org.graalvm.polyglot..";

    private static final Set<String> HINTS = Set.of(
            CompilerDirectives.class.getName(), HostCompilerDirectives.class.getName(),
            ControlFlowException.class.getName(), ExplodeLoop.class.getName());

    private static JavaClasses all;

    @BeforeAll
    static void read() {
        all = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("org.penumbra");
    }

    private static DescribedPredicate<JavaClass> truffleBeyondHints() {
        return new DescribedPredicate<>("Truffle classes beyond hints to the compiler and ControlFlowException") {
            @Override
            public boolean test(JavaClass type) {
                return type.getPackageName().startsWith("com.oracle.truffle") && !HINTS.contains(topLevel(type).getName());
            }

            private static JavaClass topLevel(JavaClass type) {
                return type.getEnclosingClass().map(outer -> topLevel(outer)).orElse(type);
            }
        };
    }

    @Test
    void everyModuleIsSeen() {
        for (String part : new String[] {"org.penumbra.isa", "org.penumbra.hart", "org.penumbra.launcher"}) {
            assertTrue(all.containPackage(part), "no classes of " + part + " on the class path: the rules below would be idle");
        }
    }

    @Test
    void everyPackageHasAFloor() {
        classes().should().resideInAnyPackage(packages(0)).check(all);
    }

    @Test
    void everyPackageKnowsOnlyTheFloorsBelow() {
        for (int floor = 0; floor < FLOORS.size() - 1; floor++) {
            String[] here = FLOORS.get(floor).stream().map(name -> "org.penumbra." + name).toArray(String[]::new);
            noClasses().that().resideInAnyPackage(here)
                    .should().dependOnClassesThat().resideInAnyPackage(packages(floor + 1)).check(all);
        }
    }

    /// The packages from a floor up.
    private static String[] packages(int floor) {
        return FLOORS.stream().skip(floor).flatMap(List::stream).map(name -> "org.penumbra." + name).toArray(String[]::new);
    }

    @Test
    void runtimeUsesHintsToTheCompilerOnly() {
        noClasses().that().resideInAnyPackage(RUNTIME).should().dependOnClassesThat(truffleBeyondHints()).check(all);
    }

    @Test
    void runtimeKnowsNoOtherModule() {
        noClasses().that().resideInAnyPackage(RUNTIME).should().dependOnClassesThat(
                resideInAnyPackage(LANGUAGE, LAUNCHER, BENCHMARKS, POLYGLOT)).check(all);
    }

    @Test
    void languageKnowsNeitherLauncherNorBenchmarks() {
        noClasses().that().resideInAPackage(LANGUAGE).should().dependOnClassesThat(
                resideInAnyPackage(LAUNCHER, BENCHMARKS)).allowEmptyShould(true).check(all);
    }

    @Test
    void benchmarksDoNotKnowTheLauncher() {
        noClasses().that().resideInAPackage(BENCHMARKS).should().dependOnClassesThat(resideInAPackage(LAUNCHER))
                .allowEmptyShould(true).check(all);
    }

    @Test
    void launcherUsesThePolyglotApiAndTheCatalogueOnly() {
        String[] hidden = new String[RUNTIME.length + 2];
        System.arraycopy(RUNTIME, 0, hidden, 0, RUNTIME.length);
        hidden[RUNTIME.length] = LANGUAGE;
        hidden[RUNTIME.length + 1] = "com.oracle.truffle..";
        noClasses().that().resideInAPackage(LAUNCHER).should().dependOnClassesThat(resideInAnyPackage(hidden)).check(all);
    }

    /// A hit of the TLB is served by the interpreter's loop and by compiled nodes, out of the TLB itself.
    @Test
    void nothingThatServesATlbHitKnowsACounter() {
        noClasses().that().resideInAnyPackage("org.penumbra.language.nodes..", "org.penumbra.language.translator..",
                "org.penumbra.interpreter..")
                .or().belongToAnyOf(ShadowTlb.class, FetchTlb.class, AddressSpaces.class, CodePage.class)
                .should().dependOnClassesThat().belongToAnyOf(ExitStatistics.class, WalkReferences.class).check(all);
    }
}
