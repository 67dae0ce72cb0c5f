// SPDX-License-Identifier: Apache-2.0
package org.penumbra.language.gdb;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.penumbra.hart.Hart;
import org.penumbra.language.gdb.Target.Place;
import org.penumbra.language.gdb.Target.Reason;
import org.penumbra.language.gdb.Target.Stop;

/// One debugger's work with a machine. Harts are threads of one process, numbered from 1.
public final class Session {
    private static final int PACKET = 0x4000;
    private static final String OK = "OK";
    private static final String NO_MEMORY = "E0e";
    private static final String BAD = "E16";
    private static final int TRAP = 5;
    private static final int INTERRUPT = 2;

    private final Connection connection;
    private final Target target;
    private final TargetDescription description;
    private final List<Place> places = new ArrayList<>();
    private Hart general;
    private Stop last;
    private boolean physical;
    private boolean told;
    private boolean ended;

    Session(Connection connection, Target target) {
        this.connection = connection;
        this.target = target;
        this.description = new TargetDescription(target.harts().getFirst().csrs);
        this.general = target.running();
        this.last = new Stop(Reason.INTERRUPTED, general.id(), 0, 0);
    }

    /// Serves the debugger, on the machine's thread, until it lets the machine go.
    ///
    /// @return the exit status if it was killed or the guest has ended; else the guest is to run on, and this is null
    /// @throws InterruptedException if this thread is to do something else
    public Integer serve() throws InterruptedException {
        try {
            while (!ended) {
                String packet = connection.take();
                if (packet.equals(Connection.GONE)) {
                    break;
                }
                if (packet.equals("k") || packet.startsWith("vKill")) {
                    connection.send(OK);
                    return last.reason() == Reason.EXITED ? last.status() : 0;
                }
                String answer = answer(packet);
                if (answer != null) {
                    connection.send(answer);
                }
            }
            return last.reason() == Reason.EXITED ? last.status() : null;
        } finally {
            target.stopAt(List.of());
            connection.close();
        }
    }

    private String answer(String packet) {
        try {
            return switch (packet.isEmpty() ? ' ' : packet.charAt(0)) {
                case '?' -> stopped(last);
                case 'g' -> registers();
                case 'G' -> writeRegisters(packet.substring(1));
                case 'p' -> register((int) Hex.number(packet.substring(1)));
                case 'P' -> writeRegister(packet);
                case 'm' -> memory(packet.substring(1));
                case 'M' -> {
                    int colon = packet.indexOf(':');
                    yield writeMemory(packet.substring(1, colon), Hex.bytes(packet.substring(colon + 1)));
                }
                case 'X' -> {
                    int colon = packet.indexOf(':');
                    yield writeMemory(packet.substring(1, colon), packet.substring(colon + 1)
                            .getBytes(StandardCharsets.ISO_8859_1));
                }
                case 'H' -> select(packet);
                case 'T' -> hart(packet.substring(1)) == null ? BAD : OK;
                case 'Z', 'z' -> place(packet);
                case 'c', 'C' -> stopped(target.resume(general));
                case 's', 'S' -> step(general);
                case 'b' -> !target.reversible() ? "" : packet.equals("bs") ? step(null) : stopped(target.back());
                case 'v' -> verbose(packet);
                case 'q', 'Q' -> query(packet);
                case 'D' -> {
                    ended = true;
                    yield OK;
                }
                case '!' -> OK;
                default -> "";
            };
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            return BAD;
        }
    }

    // ---- registers

    private String registers() {
        var text = new StringBuilder();
        for (int i = 0; i < TargetDescription.GENERAL; i++) {
            text.append(register(i));
        }
        return text.toString();
    }

    private String register(int number) {
        String name = description.name(number);
        return name == null ? BAD : Hex.register(target.read(general, name), description.bytes(number));
    }

    private String writeRegisters(String hex) {
        int digits = 2 * Long.BYTES;
        for (int i = 0; i < TargetDescription.GENERAL && hex.length() >= (i + 1) * digits; i++) {
            write(i, hex.substring(i * digits, (i + 1) * digits));
        }
        return OK;
    }

    private String writeRegister(String packet) {
        int equals = packet.indexOf('=');
        return write((int) Hex.number(packet.substring(1, equals)), packet.substring(equals + 1)) ? OK : BAD;
    }

    private boolean write(int number, String hex) {
        String name = description.name(number);
        if (name == null) {
            return false;
        }
        if (number != 0) {
            target.write(general, name, Hex.register(hex));
        }
        return true;
    }

    // ---- memory

    private String memory(String place) {
        String[] parts = place.split(",");
        int length = (int) Math.min(Hex.number(parts[1]), PACKET / 2);
        byte[] bytes = target.read(general, Hex.number(parts[0]), length, physical);
        return bytes.length == 0 && length > 0 ? NO_MEMORY : Hex.of(bytes);
    }

    private String writeMemory(String place, byte[] bytes) {
        String[] parts = place.split(",");
        if (Hex.number(parts[1]) != bytes.length) {
            return BAD;
        }
        return target.write(general, Hex.number(parts[0]), bytes, physical) ? OK : NO_MEMORY;
    }

    private String place(String packet) {
        String[] parts = packet.substring(1).split("[,;]");
        Reason kind = switch (parts[0]) {
            case "0", "1" -> Reason.BREAKPOINT;
            case "2" -> Reason.WRITE;
            case "3" -> Reason.READ;
            case "4" -> Reason.ACCESS;
            default -> null;
        };
        if (kind == null) {
            return "";
        }
        var place = new Place(kind, Hex.number(parts[1]), kind == Reason.BREAKPOINT ? 1
                : Math.max(1, Hex.number(parts[2])));
        places.remove(place);
        if (packet.charAt(0) == 'Z') {
            places.add(place);
        }
        target.stopAt(List.copyOf(places));
        return OK;
    }

    // ---- threads

    private String select(String packet) {
        Hart chosen = hart(packet.substring(2));
        if (chosen == null) {
            return BAD;
        }
        if (packet.charAt(1) == 'g' || !packet.endsWith("-1") && !packet.endsWith("0")) {
            general = chosen;
        }
        return OK;
    }

    /// The hart of a thread; for any or all the present one; null if there is none.
    private Hart hart(String thread) {
        if (thread.equals("-1") || thread.equals("0") || thread.isEmpty()) {
            return general;
        }
        long number = Hex.number(thread);
        return number < 1 || number > target.harts().size() ? null : target.harts().get((int) number - 1);
    }

    private static String thread(Hart hart) {
        return Integer.toHexString(hart.id() + 1);
    }

    private String threads() {
        return target.harts().stream().map(Session::thread).collect(Collectors.joining(","));
    }

    private static String state(Hart hart) {
        String mode = hart.privilege == Hart.MACHINE ? "machine" : hart.privilege == Hart.SUPERVISOR ? "supervisor"
                : "user";
        return "hart " + hart.id() + ", " + (hart.virtual ? "guest " : "") + mode
                + (hart.stopped ? ", stopped" : hart.waiting ? ", waits" : "");
    }

    private String threadList() {
        return "<?xml version=\"1.0\"?><threads>" + target.harts().stream().map(hart -> "<thread id=\"" + thread(hart)
                + "\" core=\"" + hart.id() + "\" name=\"hart " + hart.id() + "\">" + state(hart) + "</thread>")
                .collect(Collectors.joining()) + "</threads>";
    }

    // ---- running

    private String verbose(String packet) {
        if (packet.equals("vCont?")) {
            return "vCont;c;C;s;S";
        }
        if (!packet.startsWith("vCont;")) {
            return ""; // as vMustReplyEmpty asks
        }
        String actions = packet.substring(6);
        for (String action : actions.split(";")) {
            int colon = action.indexOf(':');
            if (action.charAt(0) == 's' || action.charAt(0) == 'S') {
                Hart hart = hart(colon < 0 ? "0" : action.substring(colon + 1));
                return hart == null ? BAD : step(hart);
            }
        }
        boolean one = target.harts().size() > 1 && actions.startsWith("c:") && !actions.startsWith("c:-")
                && !actions.contains(";");
        Hart only = one ? hart(actions.substring(2)) : null;
        return stopped(only == null ? target.resume(general) : goOn(only));
    }

    /// One of several harts goes on to a breakpoint, by which gdb steps it over another; the others do no more than a
    /// step has them do.
    private Stop goOn(Hart hart) {
        Stop stop;
        do {
            stop = target.step(hart);
        } while (stop.reason() == Reason.STEP && places.stream().noneMatch(place ->
                place.kind() == Reason.BREAKPOINT && place.address() == hart.pc));
        return stop.reason() == Reason.STEP ? new Stop(Reason.BREAKPOINT, hart.id(), hart.pc, 0) : stop;
    }

    /// gdb takes it that a RISC-V hart stops in front of a watched access, and steps once on its own before it looks at
    /// the value. We have stopped behind it (going back, in front of it), so that this step goes nowhere. Forwards it
    /// steps by a breakpoint on the next instruction instead, which cannot be told from the user's.
    ///
    /// @param hart null to step back
    private String step(Hart hart) {
        boolean watched = last.reason() == Reason.WRITE || last.reason() == Reason.READ
                || last.reason() == Reason.ACCESS;
        return stopped(watched ? new Stop(Reason.STEP, last.hart(), 0, 0) : hart == null ? target.stepBack()
                : target.step(hart));
    }

    private String stopped(Stop stop) {
        last = stop;
        if (stop.reason() == Reason.EXITED) {
            ended = true;
            return String.format("W%02x", stop.status() & 0xff);
        }
        general = target.harts().get(stop.hart());
        boolean interrupted = connection.takeInterrupt() || stop.reason() == Reason.INTERRUPTED && told;
        told = true;
        String detail = switch (stop.reason()) {
            case BREAKPOINT -> "swbreak:;";
            case WRITE -> watched("watch", stop);
            case READ -> watched("rwatch", stop);
            case ACCESS -> watched("awatch", stop);
            case BEGINNING -> "replaylog:begin;";
            default -> "";
        };
        return String.format("T%02x", interrupted && detail.isEmpty() ? INTERRUPT : TRAP) + detail + "thread:"
                + thread(general) + ";";
    }

    private static String watched(String how, Stop stop) {
        return how + ":" + Long.toHexString(stop.address()) + ";";
    }

    // ---- queries

    private String query(String packet) {
        String name = packet.split("[:;,]")[0];
        return switch (name) {
            case "qSupported" -> "PacketSize=" + Integer.toHexString(PACKET) + ";vContSupported+;swbreak+;hwbreak+;"
                    + "QStartNoAckMode+;qXfer:features:read+;qXfer:threads:read+"
                    + (target.reversible() ? ";ReverseStep+;ReverseContinue+" : "");
            case "QStartNoAckMode" -> {
                connection.trust();
                yield OK;
            }
            case "qXfer" -> transfer(packet.split(":"));
            case "qfThreadInfo" -> "m" + threads();
            case "qsThreadInfo" -> "l";
            case "qC" -> "QC" + thread(general);
            case "qThreadExtraInfo" -> Hex.ofText(state(hart(packet.substring(name.length() + 1))));
            case "qAttached" -> "1";
            case "qSymbol" -> OK;
            case "qqemu.PhyMemMode" -> physical ? "1" : "0";
            case "Qqemu.PhyMemMode" -> {
                physical = packet.endsWith(":1");
                yield OK;
            }
            case "qRcmd" -> monitor(Hex.text(packet.substring(name.length() + 1)));
            default -> "";
        };
    }

    private String monitor(String command) {
        String text = target.monitor(general, command.strip());
        return text.isEmpty() ? OK : Hex.ofText(text.endsWith("\n") ? text : text + "\n");
    }

    /// A part of a document: `qXfer:OBJECT:read:ANNEX:OFFSET,LENGTH`.
    private String transfer(String[] parts) {
        String document = switch (parts[1] + ":" + parts[3]) {
            case "features:target.xml" -> description.xml();
            case "threads:" -> threadList();
            default -> null;
        };
        if (document == null || !parts[2].equals("read")) {
            return "E00";
        }
        String[] range = parts[4].split(",");
        int from = (int) Math.min(Hex.number(range[0]), document.length());
        int to = (int) Math.min(from + Math.min(Hex.number(range[1]), PACKET - 8), document.length());
        return (to == document.length() ? "l" : "m") + document.substring(from, to);
    }
}
