// SPDX-License-Identifier: Apache-2.0
package org.penumbra.device.board;

import java.util.Arrays;
import org.penumbra.device.Device;
import org.penumbra.device.DeviceTree;
import org.penumbra.device.InterruptLine;
import org.penumbra.snapshot.State;

/// The platform-level interrupt controller in the SiFive layout (RISC-V PLIC specification 1.0), with 95
/// level-triggered sources and two contexts per hart: machine mode first, then supervisor mode.
///
/// The gateway of a source forwards one request at a time: it holds back from the claim until the completion and then
/// looks at the wire again. A request once pending stays so until it is claimed, even if the wire has dropped (chapter
/// 9).
public final class Plic implements Device {
    /// The highest source number; 0 means no source.
    public static final int SOURCES = 95;

    static final int PRIORITY = 0;
    static final int PENDING = 0x1000;
    static final int ENABLE = 0x2000;
    static final int ENABLE_STRIDE = 0x80;
    static final int CONTEXT = 0x20_0000;
    static final int CONTEXT_STRIDE = 0x1000;
    static final int THRESHOLD = 0;
    static final int CLAIM = 4;
    private static final int SIZE = 0x60_0000;
    private static final int PRIORITY_MASK = 7;
    private static final int WORDS = (SOURCES + 32) / 32;
    private static final int MEIP_BIT = 11;
    private static final int SEIP_BIT = 9;

    private final InterruptLine[] outputs;
    private final int[] priority = new int[SOURCES + 1];
    private final int[] level = new int[WORDS];
    private final int[] pending = new int[WORDS];
    private final int[] claimed = new int[WORDS];
    private final int[][] enable;
    private final int[] threshold;

    /// @param machineLines MEIP of each hart
    /// @param supervisorLines SEIP of each hart
    public Plic(InterruptLine[] machineLines, InterruptLine[] supervisorLines) {
        if (machineLines.length != supervisorLines.length || machineLines.length == 0) {
            throw new IllegalArgumentException("one machine and one supervisor line per hart");
        }
        outputs = new InterruptLine[2 * machineLines.length];
        for (int hart = 0; hart < machineLines.length; hart++) {
            outputs[2 * hart] = machineLines[hart];
            outputs[2 * hart + 1] = supervisorLines[hart];
        }
        enable = new int[outputs.length][WORDS];
        threshold = new int[outputs.length];
    }

    /// The wire of an interrupt source, 1 to [#SOURCES].
    public InterruptLine source(int source) {
        if (source < 1 || source > SOURCES) {
            throw new IllegalArgumentException("interrupt source " + source + " is not in 1.." + SOURCES);
        }
        return up -> {
            if (up != get(level, source)) {
                set(level, source, up);
                forward(source);
                update();
            }
        };
    }

    @Override
    public long size() {
        return SIZE;
    }

    @Override
    public int accessSizes() {
        return 4;
    }

    @Override
    public long read(long offset, int size) {
        int at = (int) offset;
        if (at >= CONTEXT) {
            int context = (at - CONTEXT) / CONTEXT_STRIDE;
            if (context >= outputs.length) {
                return 0;
            }
            return switch (at % CONTEXT_STRIDE) {
                case THRESHOLD -> threshold[context];
                case CLAIM -> claim(context);
                default -> 0;
            };
        }
        if (at >= ENABLE) {
            int context = (at - ENABLE) / ENABLE_STRIDE;
            int word = at % ENABLE_STRIDE / 4;
            return context < outputs.length && word < WORDS ? Integer.toUnsignedLong(enable[context][word]) : 0;
        }
        if (at >= PENDING) {
            int word = (at - PENDING) / 4;
            return word < WORDS ? Integer.toUnsignedLong(pending[word]) : 0;
        }
        return at / 4 <= SOURCES ? priority[at / 4] : 0;
    }

    @Override
    public void write(long offset, int size, long value) {
        int at = (int) offset;
        if (at >= CONTEXT) {
            int context = (at - CONTEXT) / CONTEXT_STRIDE;
            if (context < outputs.length) {
                switch (at % CONTEXT_STRIDE) {
                    case THRESHOLD -> threshold[context] = (int) value & PRIORITY_MASK;
                    case CLAIM -> complete(context, (int) value);
                    default -> { }
                }
            }
        } else if (at >= ENABLE) {
            int context = (at - ENABLE) / ENABLE_STRIDE;
            int word = at % ENABLE_STRIDE / 4;
            if (context < outputs.length && word < WORDS) {
                enable[context][word] = word == 0 ? (int) value & ~1 : (int) value;
            }
        } else if (at < PENDING && at / 4 >= 1 && at / 4 <= SOURCES) {
            priority[at / 4] = (int) value & PRIORITY_MASK;
        }
        update();
    }

    @Override
    public void reset() {
        Arrays.fill(priority, 0);
        Arrays.fill(level, 0);
        Arrays.fill(pending, 0);
        Arrays.fill(claimed, 0);
        Arrays.fill(threshold, 0);
        for (int[] words : enable) {
            Arrays.fill(words, 0);
        }
        update();
    }

    @Override
    public void describe(DeviceTree.Node parent, long base) {
        int[] interrupts = new int[2 * outputs.length];
        for (int context = 0; context < outputs.length; context++) {
            interrupts[2 * context] = parent.tree().handle(DeviceTree.hartInterrupts(context / 2));
            interrupts[2 * context + 1] = context % 2 == 0 ? MEIP_BIT : SEIP_BIT;
        }
        parent.child("plic", base)
                .strings("compatible", "sifive,plic-1.0.0", "riscv,plic0")
                .reg(base, SIZE)
                .cells("#interrupt-cells", 1)
                .cells("#address-cells", 0)
                .flag("interrupt-controller")
                .cells("interrupts-extended", interrupts)
                .cells("riscv,ndev", SOURCES)
                .label(DeviceTree.INTERRUPT_CONTROLLER);
    }

    private void forward(int source) {
        if (get(level, source) && !get(claimed, source)) {
            set(pending, source, true);
        }
    }

    /// The threshold does not hold back a claim (chapter 7), only the interrupt.
    private int claim(int context) {
        int source = best(context);
        if (source != 0) {
            set(pending, source, false);
            set(claimed, source, true);
            update();
        }
        return source;
    }

    /// A completion of a source not enabled for the context is ignored (chapter 8).
    private void complete(int context, int source) {
        if (source >= 1 && source <= SOURCES && get(enable[context], source) && get(claimed, source)) {
            set(claimed, source, false);
            forward(source);
        }
    }

    /// The pending enabled source of the highest priority above 0, the lowest number first; 0 if there is none.
    private int best(int context) {
        int best = 0;
        for (int word = 0; word < WORDS; word++) {
            for (int bits = pending[word] & enable[context][word]; bits != 0; bits &= bits - 1) {
                int source = 32 * word + Integer.numberOfTrailingZeros(bits);
                if (priority[source] > priority[best]) {
                    best = source;
                }
            }
        }
        return best;
    }

    private void update() {
        for (int context = 0; context < outputs.length; context++) {
            outputs[context].set(priority[best(context)] > threshold[context]);
        }
    }

    private static boolean get(int[] words, int source) {
        return (words[source >> 5] >>> source & 1) != 0;
    }

    private static void set(int[] words, int source, boolean on) {
        if (on) {
            words[source >> 5] |= 1 << source;
        } else {
            words[source >> 5] &= ~(1 << source);
        }
    }

    @Override
    public void transfer(State state) {
        state.numbers(priority);
        state.numbers(level);
        state.numbers(pending);
        state.numbers(claimed);
        for (int[] words : enable) {
            state.numbers(words);
        }
        state.numbers(threshold);
    }
}
