// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.penumbra.exits.ExitStatistics;
import org.penumbra.hart.GuestTrap;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.AccessType;
import org.penumbra.mmu.FenceScope;
import org.penumbra.mmu.HardwareWalk;
import org.penumbra.mmu.PageTableWalker;
import org.penumbra.mmu.Translation;
import org.penumbra.mmu.TranslationMode;
import org.penumbra.mmu.WalkReferences;
import org.penumbra.options.Synchronisation;
import org.penumbra.paging.TranslationOracle.Stage;
import org.penumbra.paging.shadow.Protection;
import org.penumbra.paging.shadow.ShadowRoots;
import org.penumbra.snapshot.State;

/// The oracle catches a model that breaks a rule: each rule is broken in turn.
class BrokenModelsTest {
    private static final int ATTEMPTS = 60;
    private static final int STEPS = 8_000;

    /// A rule, and a model that breaks it.
    enum Broken {
        FENCES_WITH_AN_ASID_REACH_ONLY_THE_CURRENT_ROOT("ssp", model -> new Filter(model) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
                if (scope.hasAsid() && scope.asid() != TranslationMode.asid(hart.satp())) {
                    hart.spaces().drop(scope.ofAllAddresses());
                } else {
                    super.fenced(hart, scope);
                }
            }
        }),
        FENCES_OF_ALL_ASIDS_REACH_ONLY_THE_CURRENT_ONE("ssp", model -> new Filter(model) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
                hart.spaces().flush();
                super.fenced(hart, new FenceScope(scope.gva(), scope.bytes(),
                        scope.hasAsid() ? scope.asid() : TranslationMode.asid(hart.satp())));
            }
        }),
        FENCES_REACH_ONLY_THE_TLB("ssp", model -> new Filter(model) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
                hart.spaces().flush();
            }
        }),
        FENCES_DO_NOT_REACH_THE_TLB("native", model -> new Filter(model) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
            }
        }),
        A_FENCE_IN_A_SUPERPAGE_DROPS_ONE_PAGE("native", model -> new Filter(model) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
                if (scope.hasGva()) {
                    hart.spaces().drop(scope.of(scope.gva() & -4096, 4096));
                } else {
                    super.fenced(hart, scope);
                }
            }
        }),
        REMOTE_FENCES_ARE_LOST("ssp", model -> new Filter(model) {
            @Override
            public void remoteFenced(Hart target, FenceScope scope) {
            }
        }),
        REMOTE_FENCES_REACH_THEIR_FIRST_PAGE("asp", model -> new Filter(model) {
            @Override
            public void remoteFenced(Hart target, FenceScope scope) {
                super.remoteFenced(target, scope.of(scope.gva(), Math.min(scope.bytes(), 4096)));
            }
        }),
        ROOTS_ARE_KNOWN_WITHOUT_THEIR_ASID("ssp", model -> new Filter(model) {
            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                super.rootWritten(hart, oldSatp, newSatp & ~(0xffffL << 44));
            }
        }),
        A_ROOT_IS_USED_BEFORE_THE_FENCES_IT_MISSED("ssp", (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                ShadowHart state = harts.of(hart);
                if (TranslationMode.isBare(newSatp)) {
                    state.roots.selectNone();
                } else {
                    state.roots.select(newSatp, state.filler.time(), state.filler.lastGlobalFence());
                    hart.spaces().select(newSatp);
                }
            }
        }),
        A_ROOT_SEES_WHAT_OTHERS_READ_MEANWHILE("ssp", (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                ShadowHart state = harts.of(hart);
                state.deselect();
                if (!TranslationMode.isBare(newSatp)) {
                    state.roots.select(newSatp, state.filler.time(), state.filler.lastGlobalFence());
                    state.catchUp();
                    hart.spaces().select(newSatp);
                }
            }
        }),
        A_SHARED_TABLE_IS_LINKED_AS_IT_IS("ssp", (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            ShadowHart createState(Hart hart) {
                return new ShadowHart(hart, context, options, PageTableWalker.direct(memory),
                        options.synchronisation(), Protection.NONE, table -> {
                        });
            }
        }),
        A_FENCE_LEAVES_WHAT_WAS_REACHED_CONFIRMED(Synchronisation.REACHED, (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            public void fenced(Hart hart, FenceScope scope) {
                if (scope.hasGva()) {
                    super.fenced(hart, scope);
                } else {
                    ShadowHart state = harts.of(hart);
                    state.filler.fence(scope.hasAsid());
                    state.dropTranslations(scope);
                }
            }
        }),
        A_ROOT_TRUSTS_WHAT_OTHERS_CONFIRMED_MEANWHILE(Synchronisation.REACHED, (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                selected(harts.of(hart), newSatp, (state, root) -> {
                    if (root.seen < 0) {
                        state.filler.enter(root);
                    } else {
                        state.filler.requireOf(root);
                    }
                });
            }
        }),
        A_ROOT_IS_USED_WITHOUT_THE_FENCES_IT_MISSED(Synchronisation.REACHED, (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                selected(harts.of(hart), newSatp, (state, root) -> {
                    if (root.seen < 0) {
                        state.filler.enter(root);
                    }
                });
            }
        }),
        A_SHARED_TABLE_IS_LINKED_WITH_WHAT_OTHERS_CONFIRMED(Synchronisation.REACHED,
                (context, options) -> new SwiftShadowPaging(context, options) {
            @Override
            ShadowHart createState(Hart hart) {
                return new ShadowHart(hart, context, options, PageTableWalker.direct(memory),
                        options.synchronisation(), Protection.NONE, table -> {
                        });
            }
        }),
        A_LEAF_IS_NOT_READ_AT_ITS_FENCE("msp", (context, options) -> new MachineShadowPaging(context, options) {
            @Override
            void synchronise(ShadowHart state, ShadowRoots.Root root, long gva) {
            }
        }),
        A_LEAF_READ_BEFORE_ITS_FENCE_IS_TRUSTED("msp", (context, options) -> new MachineShadowPaging(context, options) {
            @Override
            void synchronise(ShadowHart state, ShadowRoots.Root root, long gva) {
                if (state.addressFence.find(root.table, root.top, gva)) {
                    state.filler.confirm(root.table, root.top, gva, new WalkReferences());
                }
            }
        }),
        A_PAGE_READ_AHEAD_IS_ONE_FURTHER_ON("msp", (context, options) -> new MachineShadowPaging(context, options) {
            @Override
            void served(ShadowHart state, boolean dirtied, boolean lastLevel) {
                super.served(state, dirtied, lastLevel);
                int table = state.shadow.guestTable();
                int index = state.shadow.guestIndex();
                if (state.shadow.guestLevel() == 0 && index < 511 && state.tables.entry(table, index + 1) == 0) {
                    state.filler.synchroniseEntry(table, index + 1, state.walker.leaf() & ~(1L << 63), true);
                }
            }
        }),
        TABLES_ARE_SHADOWED_AGAIN_WITHOUT_PROTECTION("agile", (context, options) -> new AgilePaging(context, options) {
            @Override
            int interval() {
                return 300;
            }

            @Override
            void protect(int page) {
            }
        }),
        A_RETURN_FILLS_ENTRIES_WITHOUT_A("pvm", (context, options) -> new ParavirtualShadowPaging(context, options) {
            @Override
            boolean mayBeFilled(long leaf) {
                return true;
            }
        }),
        A_STORE_LEAVES_THE_SHADOW_OF_ITS_ENTRY("pvm", (context, options) -> new ParavirtualShadowPaging(context, options) {
            @Override
            void tableStored(ShadowHart state, int table, int index, long pte) {
            }
        }),
        A_SECOND_STAGE_OF_ONE_LEVEL_KEEPS_FRAMES_THAT_MOVED("flat", model -> new Filter(model) {
            @Override
            public void hostPageMoved(long gpa, long oldHost) {
            }
        }),
        FENCES_FORGET_TABLES_OUT_OF_SYNC("tsp-unsync", (context, options) -> new UnsyncShadowPaging(context, options) {
            @Override
            void obey(ShadowHart state, FenceScope scope) {
                state.dropTranslations(scope);
            }
        }),
        STORES_TO_PROTECTED_TABLES_ARE_NOT_TAKEN_OVER("tsp", model -> new Filter(model) {
            @Override
            public void protectedStore(Hart hart, long gpa, int size, long value) {
            }
        }),
        PROTECTED_TABLES_ARE_STORED_TO_UNSEEN("tsp", model -> new Filter(model) {
            @Override
            public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
                super.translateBare(hart, gpa, access, result);
                result.storable = true;
            }
        }),
        A_TABLE_BECOMES_PROTECTED_BUT_TLBS_LET_STORES_PASS("tsp",
                (context, options) -> new TraditionalShadowPaging(context, options) {
            @Override
            void tableCreated(ShadowHart state, int table) {
            }

            @Override
            void tableFreed(ShadowHart state, int table) {
            }
        }),
        DEVICE_WRITES_TO_TABLES_ARE_MISSED("tsp", model -> new Filter(model) {
            @Override
            public void memoryWritten(long gpa, long bytes) {
            }
        }),
        CLEAN_PAGES_ARE_STORABLE("native", model -> new Filter(model) {
            @Override
            public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
                super.translate(hart, gva, access, privilege, result);
                result.storable |= result.loadable;
            }
        }),
        FAULTS_ARE_REMEMBERED("hap", model -> new Filter(model) {
            private final Map<Long, GuestTrap> remembered = new HashMap<>();

            @Override
            public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
                long key = gva & -4096 | access.ordinal() | privilege << 2 | (long) hart.id() << 4;
                GuestTrap trap = remembered.remove(key);
                if (trap != null && trap.tval() == gva) {
                    throw trap;
                }
                try {
                    super.translate(hart, gva, access, privilege, result);
                } catch (GuestTrap fresh) {
                    remembered.put(key, fresh);
                    throw fresh;
                }
            }

            @Override
            public void fenced(Hart hart, FenceScope scope) {
                remembered.clear();
                super.fenced(hart, scope);
            }
        }),
        A_WALK_BEGUN_BEFORE_A_FENCE_IS_INSTALLED_AFTER_IT("native", model -> new Filter(model) {
            private final Map<Long, Translation> begun = new HashMap<>();

            @Override
            public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
                long key = gva & -4096 | access.ordinal() | privilege << 2 | (long) hart.id() << 4
                        | (hart.sum() ? 64 : 0) | (hart.mxr() ? 128 : 0);
                Translation early = begun.remove(key);
                if (early != null) {
                    result.set(early.gpa & -4096 | gva & 4095, early.loadable, early.storable, early.fetchable);
                    return;
                }
                super.translate(hart, gva, access, privilege, result);
                early = new Translation();
                early.set(result.gpa, result.loadable, result.storable, result.fetchable);
                begun.put(key, early);
            }

            @Override
            public void rootWritten(Hart hart, long oldSatp, long newSatp) {
                begun.clear();
                super.rootWritten(hart, oldSatp, newSatp);
            }
        }),
        FRAMES_MOVE_UNNOTICED_IN_THE_SHADOW("ssp", model -> new Filter(model) {
            @Override
            public void hostPageMoved(long gpa, long oldHost) {
            }
        }),
        WHAT_MAY_BE_READ_MAY_BE_EXECUTED("lsp", model -> new Filter(model) {
            @Override
            public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
                super.translate(hart, gva, access == AccessType.FETCH ? AccessType.LOAD : access, privilege, result);
            }
        }),
        SUM_IS_IGNORED("asp", model -> new Filter(model) {
            @Override
            public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
                try {
                    super.translate(hart, gva, access, privilege, result);
                } catch (GuestTrap trap) {
                    super.translate(hart, gva, access, Hart.USER, result);
                }
            }
        }),
        FENCES_OF_THE_FIRST_STAGE_ARE_LOST(Stage.FIRST, "native", model -> new Filter(model) {
            @Override
            public void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
                if (!remote) {
                    super.guestFenced(hart, scope, vmid, false);
                }
            }
        }),
        A_FENCE_OF_THE_FIRST_STAGE_IN_A_SUPERPAGE_DROPS_ONE_PAGE(Stage.FIRST, "hap", model -> new Filter(model) {
            @Override
            public void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
                if (scope.hasGva() && !remote) {
                    hart.spaces().dropGuests(scope.of(scope.gva() & -4096, 4096), vmid);
                } else {
                    super.guestFenced(hart, scope, vmid, remote);
                }
            }
        }),
        FENCES_OF_THE_SECOND_STAGE_REACH_ONLY_THE_TLB(Stage.SECOND, "hap", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                hart.spaces().flush();
            }
        }),
        FENCES_OF_THE_SECOND_STAGE_DO_NOT_REACH_ITS_SHADOW_UNDER_SSP(Stage.SECOND, "ssp", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                hart.spaces().flush();
            }
        }),
        FENCES_OF_THE_SECOND_STAGE_DO_NOT_REACH_THE_TLB(Stage.SECOND, "native", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
            }
        }),
        FENCES_OF_THE_SECOND_STAGE_LEAVE_THE_TLB_UNDER_TSP(Stage.SECOND, "tsp", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
            }
        }),
        A_FENCE_OF_THE_SECOND_STAGE_IN_A_SUPERPAGE_DROPS_ONE_PAGE(Stage.SECOND, "native", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                if (scope.hasGva() && !remote) {
                    hart.spaces().dropBetweenStages(scope.of(scope.gva() & -4096, 4096));
                } else {
                    super.secondStageFenced(hart, scope, remote);
                }
            }
        }),
        FENCES_OF_THE_SECOND_STAGE_REACH_THE_FIRST_PAGE_OF_ITS_ROOT(Stage.SECOND, "ssp", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                hart.spaces().flush();
                super.secondStageFenced(hart, scope.hasGva() ? scope.of(scope.gva() & (1L << 39) - 1, scope.bytes()) : scope, remote);
            }
        }),
        REMOTE_FENCES_OF_THE_SECOND_STAGE_ARE_LOST(Stage.SECOND, "hap", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                if (!remote) {
                    super.secondStageFenced(hart, scope, false);
                }
            }
        }),
        FENCES_OF_ONE_GUEST_REACH_ONLY_THE_CURRENT_ONE(Stage.SECOND, "hap", model -> new Filter(model) {
            @Override
            public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
                if (scope.hasAsid() && scope.asid() != hart.hypervisor.vmid()) {
                    hart.spaces().flush();
                } else {
                    super.secondStageFenced(hart, scope, remote);
                }
            }
        }),
        TABLES_OF_THE_SECOND_STAGE_ARE_NOT_PROTECTED(Stage.SECOND, "tsp", (context, options) -> new TraditionalShadowPaging(context, options) {
            @Override
            NestedPaging.Keeper keeper() {
                return new StageKeeper(this) {
                    @Override
                    public ShadowHart createStage(Hart hart, ExitStatistics statistics) {
                        return ShadowHart.ofSecondStage(hart, context, options, Synchronisation.PRESENT, Protection.NONE, _ -> { },
                                statistics);
                    }

                    @Override
                    public void obey(ShadowHart shadow, FenceScope scope) {
                    }
                };
            }
        }),
        A_SECOND_STAGE_KEEPS_THE_FRAMES_OF_PAGES_THAT_MOVED(Stage.SECOND, "hap", (context, options) -> new HardwareAssistedPaging(context, options) {
            @Override
            public void hostPageMoved(long gpa, long oldHost) {
                secondStage.unmap(gpa);
                for (HartTranslation state : harts) {
                    state.hart.spaces().dropGuestPage(gpa, false);
                }
            }
        });

        /// As [SwiftShadowPaging#rootWritten], with a way of its own to take a root into use.
        private static void selected(ShadowHart state, long satp, BiConsumer<ShadowHart, ShadowRoots.Root> enter) {
            state.deselect();
            if (!TranslationMode.isBare(satp)) {
                state.roots.select(satp, state.filler.time(), state.filler.lastGlobalFence());
                enter.accept(state, state.roots.current());
                state.hart.spaces().select(satp);
            }
        }

        final String model;
        final Stage stage;
        /// The only policy under which the rule is broken, or null where that makes no difference.
        final Synchronisation policy;
        final UnaryOperator<PagingModel> mutation;
        final Models.Factory factory;

        Broken(Stage stage, String model, UnaryOperator<PagingModel> mutation) {
            this.model = model;
            this.stage = stage;
            this.policy = null;
            this.mutation = mutation;
            this.factory = null;
        }

        Broken(String model, UnaryOperator<PagingModel> mutation) {
            this(Stage.OWN, model, mutation);
        }

        Broken(String model, Models.Factory factory) {
            this(Stage.OWN, model, factory);
        }

        Broken(Stage stage, String model, Models.Factory factory) {
            this.model = model;
            this.stage = stage;
            this.policy = null;
            this.mutation = UnaryOperator.identity();
            this.factory = factory;
        }

        Broken(Synchronisation policy, Models.Factory factory) {
            this.model = "ssp";
            this.stage = Stage.OWN;
            this.policy = policy;
            this.mutation = UnaryOperator.identity();
            this.factory = factory;
        }

        RandomGuest.Setup setup(long seed) {
            RandomGuest.Setup setup = PagingModelContractTest.setup(model, seed);
            return stage != Stage.OWN ? setup.of(stage)
                    : policy == null ? setup : setup.with(setup.options().withSynchronisation(policy));
        }
    }

    @ParameterizedTest
    @EnumSource(Broken.class)
    void theOracleCatches(Broken broken) {
        for (int seed = 0; seed < ATTEMPTS; seed++) {
            RandomGuest.Setup setup = broken.setup(seed);
            if (setup.options().synchronisation() == Synchronisation.DROP && broken.model.equals("ssp")) {
                continue;
            }
            try {
                RandomGuest guest = broken.factory == null ? new RandomGuest(setup, broken.mutation)
                        : new RandomGuest(setup, broken.factory);
                guest.run(STEPS);
            } catch (TranslationOracle.Violation caught) {
                return;
            }
        }
        fail("nothing noticed");
    }

    /// Hands every event on; what a broken model overrides is what it gets wrong.
    private abstract static class Filter implements PagingModel {
        private final PagingModel model;

        Filter(PagingModel model) {
            this.model = model;
        }

        @Override
        public void translate(Hart hart, long gva, AccessType access, int privilege, Translation result) {
            model.translate(hart, gva, access, privilege, result);
        }

        @Override
        public void translateBare(Hart hart, long gpa, AccessType access, Translation result) {
            model.translateBare(hart, gpa, access, result);
        }

        @Override
        public void translateForGuest(Hart hart, long gva, AccessType access, int privilege, Translation result) {
            model.translateForGuest(hart, gva, access, privilege, result);
        }

        @Override
        public void guestFenced(Hart hart, FenceScope scope, int vmid, boolean remote) {
            model.guestFenced(hart, scope, vmid, remote);
        }

        @Override
        public void secondStageFenced(Hart hart, FenceScope scope, boolean remote) {
            model.secondStageFenced(hart, scope, remote);
        }

        @Override
        public void secondRootWritten(Hart hart, long hgatp) {
            model.secondRootWritten(hart, hgatp);
        }

        @Override
        public boolean translatesBare() {
            return model.translatesBare();
        }

        @Override
        public HardwareWalk hardwareWalk(Hart hart, long gva, boolean translated) {
            return model.hardwareWalk(hart, gva, translated);
        }

        @Override
        public void rootWritten(Hart hart, long oldSatp, long newSatp) {
            model.rootWritten(hart, oldSatp, newSatp);
        }

        @Override
        public void fenced(Hart hart, FenceScope scope) {
            model.fenced(hart, scope);
        }

        @Override
        public void returned(Hart hart) {
            model.returned(hart);
        }

        @Override
        public boolean followsReturns() {
            return model.followsReturns();
        }

        @Override
        public void remoteFenced(Hart target, FenceScope scope) {
            model.remoteFenced(target, scope);
        }

        @Override
        public void protectedStore(Hart hart, long gpa, int size, long value) {
            model.protectedStore(hart, gpa, size, value);
        }

        @Override
        public void memoryWritten(long gpa, long bytes) {
            model.memoryWritten(gpa, bytes);
        }

        @Override
        public void hostPageMoved(long gpa, long oldHost) {
            model.hostPageMoved(gpa, oldHost);
        }

        @Override
        public void protectionChanged(Hart hart) {
            model.protectionChanged(hart);
        }

        @Override
        public void transfer(State state, List<Hart> harts) {
            model.transfer(state, harts);
        }

        @Override
        public ExitStatistics statistics(Hart hart) {
            return model.statistics(hart);
        }
    }
}
