// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.penumbra.hart.Hart;
import org.penumbra.snapshot.State;

/// Per-hart state of a model, created on first use, by the hart's own thread or another one.
final class PerHart<T> implements Iterable<T> {
    private final Function<Hart, T> factory;
    private Object[] byId = new Object[1];
    private final List<T> all = new ArrayList<>();

    PerHart(Function<Hart, T> factory) {
        this.factory = factory;
    }

    T of(Hart hart) {
        T state = known(hart.id());
        return state != null ? state : create(hart);
    }

    @SuppressWarnings("unchecked")
    private T known(int id) {
        Object[] states = byId;
        return id < states.length ? (T) states[id] : null;
    }

    /// Harts that run in parallel may come here together.
    private synchronized T create(Hart hart) {
        T state = known(hart.id());
        if (state != null) {
            return state; // it was in an array that another hart has replaced
        }
        state = factory.apply(hart);
        if (hart.id() >= byId.length) {
            byId = Arrays.copyOf(byId, hart.id() + 1);
        }
        byId[hart.id()] = state;
        all.add(state);
        return state;
    }

    @Override
    public Iterator<T> iterator() {
        return all.iterator();
    }

    /// Saves each state, or makes them anew, in the order in which they were made.
    void transfer(State state, List<Hart> harts, BiConsumer<T, State> each, ToIntFunction<T> idOf) {
        int count = state.number(all.size());
        for (int i = 0; i < count; i++) {
            T known = i < all.size() ? all.get(i) : null;
            int id = state.number(known == null ? 0 : idOf.applyAsInt(known));
            each.accept(of(harts.get(id)), state);
        }
    }
}
