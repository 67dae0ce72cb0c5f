// SPDX-License-Identifier: Apache-2.0
package org.penumbra.paging;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.penumbra.hart.Hart;

/// Per-hart state of a model, created on first use.
final class PerHart<T> implements Iterable<T> {
    private final Function<Hart, T> factory;
    private Object[] byId = new Object[1];
    private final List<T> all = new ArrayList<>();

    PerHart(Function<Hart, T> factory) {
        this.factory = factory;
    }

    @SuppressWarnings("unchecked")
    T of(Hart hart) {
        int id = hart.id();
        Object state = id < byId.length ? byId[id] : null;
        return state != null ? (T) state : create(hart);
    }

    private T create(Hart hart) {
        T state = factory.apply(hart);
        if (hart.id() >= byId.length) {
            byId = java.util.Arrays.copyOf(byId, hart.id() + 1);
        }
        byId[hart.id()] = state;
        all.add(state);
        return state;
    }

    @Override
    public Iterator<T> iterator() {
        return all.iterator();
    }
}
