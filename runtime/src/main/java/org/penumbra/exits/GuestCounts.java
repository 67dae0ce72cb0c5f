// SPDX-License-Identifier: Apache-2.0
package org.penumbra.exits;

/// Counts of one hart for a guest that is a hypervisor itself and runs guests of its own by the hypervisor extension.
public final class GuestCounts {
    private static final int CAUSES = 64;

    private final long[] exceptions = new long[CAUSES];
    private final long[] interrupts = new long[CAUSES];
    /// Translations by two stages: TLB misses, and first stores to clean pages.
    public long walks;
    /// References of these to tables of the first and of the second stage. [ExitStatistics#walk] has them, too.
    public long firstStageReferences;
    public long secondStageReferences;

    /// A trap was taken from VS or VU mode to HS or machine mode.
    ///
    /// @param cause as in mcause, without the bit of interrupts
    public void exited(boolean interrupt, int cause) {
        (interrupt ? interrupts : exceptions)[cause]++;
    }

    /// Exits to the guest's hypervisor for a cause.
    public long exits(boolean interrupt, int cause) {
        return (interrupt ? interrupts : exceptions)[cause];
    }

    /// Number of causes, of exceptions and of interrupts.
    public static int causes() {
        return CAUSES;
    }

    /// All exits to the guest's hypervisor.
    public long exits() {
        long sum = 0;
        for (int cause = 0; cause < CAUSES; cause++) {
            sum += exceptions[cause] + interrupts[cause];
        }
        return sum;
    }

    void combine(GuestCounts other, int sign) {
        for (int cause = 0; cause < CAUSES; cause++) {
            exceptions[cause] += sign * other.exceptions[cause];
            interrupts[cause] += sign * other.interrupts[cause];
        }
        walks += sign * other.walks;
        firstStageReferences += sign * other.firstStageReferences;
        secondStageReferences += sign * other.secondStageReferences;
    }
}
