// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language;

import com.oracle.truffle.api.interop.ArityException;
import com.oracle.truffle.api.interop.InteropException;
import com.oracle.truffle.api.interop.InteropLibrary;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.graalvm.options.OptionDescriptor;
import org.graalvm.options.OptionDescriptors;
import org.graalvm.options.OptionKey;
import org.graalvm.options.OptionValues;
import org.penumbra.machine.AddedDevice;
import org.penumbra.machine.MachineConfig;
import org.penumbra.options.Setting;
import org.penumbra.options.Settings;
import org.penumbra.paging.ModelOptions;

/// Named arguments from a script, `{rootBuffer: 4}` or `root_buffer=4`: machine options that override the context's,
/// and those read with [#take].
final class ScriptOptions implements OptionValues {
    private static final String PREFIX = RiscvLanguage.ID + ".";

    private final OptionValues defaults;
    private final Map<String, Object> given;
    private final Map<OptionKey<?>, Object> values = new HashMap<>();

    private ScriptOptions(OptionValues defaults, Map<String, Object> given) {
        this.defaults = defaults;
        this.given = given;
    }

    /// @param object an object with members or hash entries; null for none
    static ScriptOptions of(OptionValues defaults, Object object) {
        return new ScriptOptions(defaults, object == null ? new LinkedHashMap<>() : entries(object));
    }

    /// The single optional argument of a method, an object with options.
    static ScriptOptions only(OptionValues defaults, Object[] arguments) throws ArityException {
        Arguments.count(arguments, 0, 1);
        return of(defaults, arguments.length == 0 ? null : arguments[0]);
    }

    /// The named values of an object, with names in the form of options.
    static Map<String, Object> entries(Object object) {
        var result = new LinkedHashMap<String, Object>();
        named(object).forEach((name, value) -> result.put(plain(name), value));
        return result;
    }

    /// The named values of an object, but for those that are null.
    static Map<String, Object> named(Object object) {
        InteropLibrary interop = InteropLibrary.getUncached();
        var result = new LinkedHashMap<String, Object>();
        try {
            if (interop.hasHashEntries(object)) {
                Object at = interop.getHashEntriesIterator(object);
                while (interop.hasIteratorNextElement(at)) {
                    Object entry = interop.getIteratorNextElement(at);
                    result.put(Arguments.text(interop.readArrayElement(entry, 0)),
                            interop.readArrayElement(entry, 1));
                }
            } else if (interop.hasMembers(object) && !interop.isString(object)) {
                Object names = interop.getMembers(object);
                for (long i = 0; i < interop.getArraySize(names); i++) {
                    String name = Arguments.text(interop.readArrayElement(names, i));
                    result.put(name, interop.readMember(object, name));
                }
            } else {
                throw new RiscvException("options are given by name, as {model: 'ssp'}, not as "
                        + interop.toDisplayString(object), RiscvException.USAGE);
            }
        } catch (InteropException e) {
            throw new RiscvException("options cannot be read (" + e.getMessage() + ")", RiscvException.USAGE);
        }
        result.values().removeIf(value -> interop.isNull(value));
        return result;
    }

    /// `rootBuffer` and `root_buffer` as `root-buffer`.
    private static String plain(String name) {
        return name.replaceAll("([a-z])([A-Z])", "$1-$2").replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /// Removes and returns an option that is not a machine option; null if it was not given.
    Object take(String name) {
        return given.remove(name);
    }

    /// Takes the devices that a script adds; null where none are named.
    List<AddedDevice> takeDevices() {
        Object given = take("devices");
        if (given == null) {
            return null;
        }
        InteropLibrary interop = InteropLibrary.getUncached();
        List<AddedDevice> devices = new ArrayList<>();
        try {
            for (long i = 0; i < interop.getArraySize(given); i++) {
                devices.add(new ScriptDevice.Plan(interop.readArrayElement(given, i)));
            }
        } catch (InteropException e) {
            throw new RiscvException("devices is an array of devices", RiscvException.USAGE);
        }
        return devices;
    }

    /// Like [#take], for a text.
    String takeText(String name) {
        Object value = take(name);
        return value == null ? null : text(value);
    }

    /// Like [#take], for a non-negative number.
    long takeNumber(String name, long otherwise) {
        Object value = take(name);
        try {
            return value == null ? otherwise : Arguments.number(whole(value), 0, Long.MAX_VALUE);
        } catch (InteropException e) {
            throw new RiscvException(name + ": " + InteropLibrary.getUncached().toDisplayString(value)
                    + " is not a number from 0 on", RiscvException.USAGE);
        }
    }

    /// JavaScript's `2e9` is a double.
    private static Object whole(Object value) throws InteropException {
        InteropLibrary interop = InteropLibrary.getUncached();
        if (interop.fitsInDouble(value) && !interop.fitsInLong(value)) {
            double number = interop.asDouble(value);
            return number == Math.rint(number) && Math.abs(number) < 1L << 62 ? (Object) (long) number : value;
        }
        return value;
    }

    private static String text(Object value) {
        String text = Arguments.textOrNull(value);
        return text != null ? text : InteropLibrary.getUncached().toDisplayString(value).toString();
    }

    /// Applies the remaining options to a machine.
    ///
    /// @throws RiscvException for an unknown name, an invalid value, or one without effect under the machine's model
    ScriptOptions machine() {
        given.forEach((name, value) -> {
            OptionDescriptor descriptor = defaults.getDescriptors().get(PREFIX + name);
            if (descriptor == null) {
                var names = new TreeSet<String>();
                defaults.getDescriptors().forEach(known -> names.add(known.getName().substring(PREFIX.length())));
                throw new RiscvException("a machine has no option '" + name + "'; it has " + String.join(", ", names),
                        RiscvException.USAGE);
            }
            give(descriptor.getKey(), text(value).strip());
        });
        given.clear();
        RiscvOptions.requireEffects(values::containsKey, RiscvOptions.get(this, Settings.MODEL));
        return this;
    }

    /// @throws RiscvException if another option is given
    void only(Set<String> names) {
        given.keySet().stream().filter(name -> !names.contains(name)).findFirst().ifPresent(name -> {
            throw new RiscvException("'" + name + "' is not one of " + String.join(", ", new TreeSet<>(names)),
                    RiscvException.USAGE);
        });
    }

    /// Sets an option as if the script had.
    void give(OptionKey<?> key, String text) {
        try {
            // Python's True is true.
            values.put(key, key.getType().convert(text.equals("True") || text.equals("False")
                    ? text.toLowerCase(Locale.ROOT)
                    : text));
        } catch (IllegalArgumentException e) {
            throw new RiscvException(e.getMessage(), RiscvException.USAGE);
        }
    }

    /// Sets the options of models as a machine was made with, unless they were given.
    ScriptOptions as(MachineConfig config) {
        unlessGiven(Settings.MODEL, config.model());
        unlessGiven(Settings.TLB_ENTRIES, config.tlbEntries());
        ModelOptions.SETTINGS.forEach(setting -> unlessGiven(setting, config.modelOptions()));
        return this;
    }

    private <T> void unlessGiven(Setting<T> setting, ModelOptions model) {
        unlessGiven(setting, model.get(setting));
    }

    private <T> void unlessGiven(Setting<T> setting, T value) {
        if (!hasBeenSet(RiscvOptions.key(setting))) {
            values.put(RiscvOptions.key(setting), value);
        }
    }

    /// Rejects options that were not used.
    void none() {
        if (!given.isEmpty()) {
            throw new RiscvException("there is no option '" + given.keySet().iterator().next() + "' here",
                    RiscvException.USAGE);
        }
    }

    @Override
    public OptionDescriptors getDescriptors() {
        return defaults.getDescriptors();
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> T get(OptionKey<T> key) {
        return values.containsKey(key) ? (T) values.get(key) : defaults.get(key);
    }

    @Override
    public boolean hasBeenSet(OptionKey<?> key) {
        return values.containsKey(key) || defaults.hasBeenSet(key);
    }
}
