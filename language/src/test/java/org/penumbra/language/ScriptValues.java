// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import java.util.HashMap;
import java.util.Map;
import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyArray;
import org.graalvm.polyglot.proxy.ProxyHashMap;

/// What a script passes to the object `penumbra`.
final class ScriptValues {
    private ScriptValues() {
    }

    /// @param pairs names and values
    static ProxyHashMap options(Object... pairs) {
        Map<Object, Object> map = new HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], pairs[i + 1]);
        }
        return ProxyHashMap.from(map);
    }

    /// Bytes as numbers from 0 to 255.
    static ProxyArray bytes(byte[] image) {
        Object[] all = new Object[image.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = image[i] & 0xff;
        }
        return ProxyArray.fromArray(all);
    }

    /// A machine with a raw image.
    ///
    /// @param memory unless the pairs say otherwise
    /// @param pairs  further options
    static Value machine(Value penumbra, byte[] image, String memory, Object... pairs) {
        Map<Object, Object> all = new HashMap<>(Map.of("bytes", bytes(image), "raw", true, "memory", memory));
        for (int i = 0; i < pairs.length; i += 2) {
            all.put(pairs[i], pairs[i + 1]);
        }
        return penumbra.invokeMember("machine", ProxyHashMap.from(all));
    }
}
