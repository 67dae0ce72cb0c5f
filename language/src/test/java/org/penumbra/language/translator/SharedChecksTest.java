// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.translator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.penumbra.code.CodePage;
import org.penumbra.isa.BranchOp;
import org.penumbra.isa.Decoder;
import org.penumbra.isa.ImmediateOp;
import org.penumbra.isa.LoadOp;
import org.penumbra.isa.StoreOp;
import org.penumbra.language.region.Block;
import org.penumbra.language.region.Edge;
import org.penumbra.language.region.RegionPlan;
import org.penumbra.language.region.Terminator;
import org.penumbra.language.translator.SharedChecks.Check;
import org.penumbra.language.translator.SharedChecks.Kind;

final class SharedChecksTest {
    private static final long PC = 0x8000_0000L;
    private static final int A0 = 10;
    private static final int A1 = 11;
    private static final Edge OUT = new Edge(Edge.OUTSIDE, PC, false, false);

    private static int load(int rd, int base, int offset) {
        return LoadOp.LD.encode(rd, base, 0, 0, 0, offset);
    }

    private static int store(int base, int offset) {
        return StoreOp.SW.encode(0, base, A1, 0, 0, offset);
    }

    private static int add(int register, int amount) {
        return ImmediateOp.ADDI.encode(register, register, 0, 0, 0, amount);
    }

    private static Block block(Terminator end, int... instructions) {
        var steps = new ArrayList<Block.Step>();
        for (int bits : instructions) {
            steps.add(new Block.Step(PC, Decoder.decode(bits)));
        }
        return new Block(List.copyOf(steps), end);
    }

    private static Terminator to(int block) {
        return new Terminator.Jump(block < 0 ? OUT : new Edge(block, PC, false, false));
    }

    private static Terminator either(int block, int other) {
        return new Terminator.Branch(BranchOp.BEQ, A1, 0, 0.5, new Edge(block, PC, true, false),
                other < 0 ? OUT : new Edge(other, PC, false, false));
    }

    private static SharedChecks checks(Block... blocks) {
        return new SharedChecks(new RegionPlan(PC, Arrays.asList(blocks), 0, new int[0], new int[0], false, new long[0],
                new CodePage[0]));
    }

    @Test
    void oneAccessIsCheckedAlone() {
        var checks = checks(block(to(-1), load(A1, A0, 8), load(A0, A1, 0)));
        assertEquals(Check.ALONE, checks.at(0, 0));
        assertEquals(Check.ALONE, checks.at(0, 1));
        assertEquals(0, checks.bases());
    }

    @Test
    void theFirstCoversWhatFollowsUntilItsBaseChanges() {
        var checks = checks(block(to(-1), load(A1, A0, 8), store(A0, -4), add(A0, 8), load(A1, A0, 100)));
        assertEquals(new Check(Kind.FIRST, -4, 16, true, true), checks.at(0, 0));
        assertEquals(new Check(Kind.LATER, -4, 0, false, true), checks.at(0, 1));
        assertEquals(Check.WALKING, checks.at(0, 3));
        assertFalse(checks.forgets(0, 2), "the access behind it does not ask");
        assertEquals(1 << A0, checks.walkingLoads());
        assertEquals(0, checks.walkingStores());
        assertEquals(1 << A0, checks.bases());
    }

    @Test
    void loadIntoItsOwnBaseEndsTheSharing() {
        var checks = checks(block(to(-1), load(A0, A0, 0), load(A1, A0, 8), load(A1, A0, 16)));
        assertEquals(Check.ALONE, checks.at(0, 0));
        assertEquals(new Check(Kind.FIRST, 8, 24, true, false), checks.at(0, 1));
    }

    @Test
    void loopKeepsItsCheckAndAsksWhetherItHolds() {
        var checks = checks(block(either(0, -1), load(A1, A0, 8)));
        assertEquals(new Check(Kind.LATER, 8, 16, true, false), checks.at(0, 0));
    }

    @Test
    void registerThatChangesOnOnePathIsMarkedThere() {
        // 0: load, then 1 (changes the base) or 2; both go on at 3, which may find a check or not.
        var checks = checks(block(either(2, 1), load(A1, A0, 8)), block(to(3), add(A0, 1)), block(to(3), add(A1, 1)),
                block(to(-1), load(A1, A0, 0)));
        assertEquals(new Check(Kind.FIRST, 0, 16, true, false), checks.at(0, 0));
        assertEquals(new Check(Kind.LATER, 0, 8, true, false), checks.at(3, 0));
        assertTrue(checks.forgets(1, 0));
        assertFalse(checks.forgets(2, 0));
    }

    @Test
    void loopOverMemoryWalks() {
        var checks = checks(block(either(0, -1), store(A0, 8), add(A0, 4), add(A1, 1), load(A1, A1, 0)));
        assertEquals(Check.WALKING, checks.at(0, 0));
        assertEquals(Check.ALONE, checks.at(0, 3), "its base is loaded anew");
        assertEquals(0, checks.walkingLoads());
        assertEquals(1 << A0, checks.walkingStores());
    }

    @Test
    void accessesFarApartDoNotShare() {
        var checks = checks(block(to(-1), load(A1, A0, 0), load(A1, A0, 2040), load(A1, A0, 2032)));
        assertEquals(Check.ALONE, checks.at(0, 0));
        assertEquals(new Check(Kind.LATER, 2032, 2048, true, false), checks.at(0, 1));
    }
}
