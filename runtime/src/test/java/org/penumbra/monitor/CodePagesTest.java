// SPDX-License-Identifier: Apache-2.0
package org.penumbra.monitor;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.penumbra.code.CodePage;
import org.penumbra.hart.Hart;
import org.penumbra.mmu.ShadowTlb;
import org.penumbra.paging.ModelOptions;
import org.penumbra.paging.TestMachine;

class CodePagesTest {
    private static final int PAGE = 4096;
    private static final int BLOCK = 64;

    /// What a kernel does with a frame of its start-up code, once it gives that to a program.
    @Test
    void storesToAFrameThatHeldCodeHitAgainOnceItIsCleared() {
        TestMachine machine = new TestMachine("native", ModelOptions.DEFAULTS);
        machine.setPrivilege(0, Hart.MACHINE);
        Monitor monitor = machine.monitor(0);
        long frame = TestMachine.page(3);
        monitor.store(frame + 8, 8, 1);
        assertTrue(machine.hits(0, frame, 8, ShadowTlb.STORE_TAG));
        CodePage page = monitor.fetch(frame);
        monitor.decoded(page);
        page.setWord(0, 1);
        page.setWord(77, 1);
        monitor.store(frame + 8, 8, 2);
        assertFalse(machine.hits(0, frame, 8, ShadowTlb.STORE_TAG));
        for (int offset = 0; offset < PAGE; offset += BLOCK) {
            monitor.cacheBlock(frame + offset, true);
        }
        monitor.store(frame + 8, 8, 3);
        assertTrue(machine.hits(0, frame, 8, ShadowTlb.STORE_TAG));
        monitor.decoded(page);
        assertFalse(machine.hits(0, frame, 8, ShadowTlb.STORE_TAG));
    }
}
