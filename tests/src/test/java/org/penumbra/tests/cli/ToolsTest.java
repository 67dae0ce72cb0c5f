// SPDX-License-Identifier: Apache-2.0
package org.penumbra.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.penumbra.benchmarks.Parameters;
import org.penumbra.benchmarks.Workload;
import org.penumbra.benchmarks.Workloads;

/// GraalVM's tools with guest code, as processes: the sampler, Chrome's inspector by its protocol and in a headless
/// browser, and the Debug Adapter Protocol over a socket. Skipped where the tools cannot be fetched.
@Tag("long")
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class ToolsTest {
    private static final Path TRAPS = Path.of(System.getProperty("penumbra.root"),
            "tests/src/test/resources/guest/traps.elf");
    private static final long LONGEST_SECONDS = 200;

    @TempDir
    private Path folder;

    private final List<Process> started = new ArrayList<>();

    /// Waits for each process and for those that it started: a browser's write into the folder until they end.
    @AfterEach
    void end() {
        List<ProcessHandle> all = started.stream().flatMap(process -> Stream.concat(process.descendants(),
                Stream.of(process.toHandle()))).toList();
        all.forEach(ProcessHandle::destroyForcibly);
        all.forEach(process -> process.onExit().join());
    }

    private Process run(Object... arguments) throws IOException {
        Process process = new ProcessBuilder(Command.run(arguments)).redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile()).start();
        started.add(process);
        process.getOutputStream().close();
        return process;
    }

    private String text(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    private String await(String file, String part) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (!text(file).contains(part)) {
            assumeTrue(!text("err").contains("penumbra: cannot get "), "the tools cannot be fetched: " + text("err"));
            assertTrue(System.nanoTime() < end, "no '" + part + "' in " + text(file));
            Thread.sleep(50);
        }
        return text(file);
    }

    private static int freePort() throws IOException {
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    private int status(Process process) throws Exception {
        assertTrue(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "it still runs");
        return process.exitValue();
    }

    // ---- the sampler

    /// Compiled and interpreted code alike.
    @Test
    void theSamplerNamesFunctionsOfTheGuest() throws Exception {
        Workload workload = Workloads.find("quicksort").orElseThrow();
        Path image = Files.write(folder.resolve("quicksort.elf"),
                workload.image(workload.parameters().with(Parameters.Mode.S)));
        for (String engine : List.of("default", "interpreter")) {
            Path profile = folder.resolve(engine + ".txt");
            Process process = run("--engine", engine, "--option", "cpusampler=true", "--option",
                    "cpusampler.OutputFile=" + profile, image);
            int status = status(process);
            assumeTrue(!text("err").contains("penumbra: cannot get "), text("err"));
            assertEquals(0, status, text("err"));
            String histogram = Files.readString(profile);
            assertTrue(histogram.lines().anyMatch(line -> line.matches(" *(quicksort|sort|partition)[^ ]* .*%.*")),
                    engine + ": " + histogram);
        }
    }

    // ---- a connection that speaks in JSON

    /// A client of a WebSocket: commands with answers, and events.
    private static final class Inspector implements WebSocket.Listener, AutoCloseable {
        private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();
        private final WebSocket socket;
        private final List<JsonObject> events = new ArrayList<>();
        private int id;

        Inspector(String address) throws Exception {
            socket = HttpClient.newHttpClient().newWebSocketBuilder().buildAsync(URI.create(address), this)
                    .get(LONGEST_SECONDS, TimeUnit.SECONDS);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                messages.add(JsonParser.parseString(part.toString()).getAsJsonObject());
                part.setLength(0);
            }
            from.request(1);
            return null;
        }

        JsonObject call(String method, String parameters) throws Exception {
            int mine = ++id;
            socket.sendText("{\"id\":" + mine + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
                    .get(LONGEST_SECONDS, TimeUnit.SECONDS);
            JsonObject answer = take(message -> message.has("id") && message.get("id").getAsInt() == mine);
            assertTrue(answer.has("result"), method + ": " + answer);
            return answer.getAsJsonObject("result");
        }

        /// The parameters of the next event of a kind.
        JsonObject event(String method) throws Exception {
            Predicate<JsonObject> wanted = message -> message.has("method")
                    && message.get("method").getAsString().equals(method);
            for (JsonObject before : events) {
                if (wanted.test(before)) {
                    events.remove(before);
                    return before.getAsJsonObject("params");
                }
            }
            return take(wanted).getAsJsonObject("params");
        }

        private JsonObject take(Predicate<JsonObject> wanted) throws InterruptedException {
            while (true) {
                JsonObject next = messages.poll(LONGEST_SECONDS, TimeUnit.SECONDS);
                assertTrue(next != null, "no answer");
                if (wanted.test(next)) {
                    return next;
                }
                events.add(next);
            }
        }

        @Override
        public void close() {
            socket.abort();
        }
    }

    private static JsonObject top(JsonObject paused) {
        return paused.getAsJsonArray("callFrames").get(0).getAsJsonObject();
    }

    private static long value(Inspector inspector, JsonObject frame, int scope, String name) throws Exception {
        String object = frame.getAsJsonArray("scopeChain").get(scope).getAsJsonObject().getAsJsonObject("object")
                .get("objectId").getAsString();
        JsonArray all = inspector.call("Runtime.getProperties", "{\"objectId\":\"" + object
                + "\",\"ownProperties\":true}").getAsJsonArray("result");
        for (JsonElement one : all) {
            if (one.getAsJsonObject().get("name").getAsString().equals(name)) {
                return one.getAsJsonObject().getAsJsonObject("value").get("value").getAsLong();
            }
        }
        throw new AssertionError("no " + name + " in " + all);
    }

    private String listening(int port) throws Exception {
        String said = await("err", "ws=");
        return "ws://127.0.0.1:" + port + said.substring(said.indexOf("/", said.indexOf("ws="))).lines().findFirst()
                .orElseThrow().strip();
    }

    @Test
    void theInspectorStepsBreaksAndShowsRegisters() throws Exception {
        int port = freePort();
        Process process = run("--memory", "16M", "--option", "inspect=" + port, TRAPS);
        try (var inspector = new Inspector(listening(port))) {
            inspector.call("Runtime.enable", "{}");
            inspector.call("Debugger.enable", "{}");
            inspector.call("Debugger.setBreakpointByUrl",
                    "{\"urlRegex\":\".*traps.elf/check_trap\",\"lineNumber\":0}");
            inspector.call("Runtime.runIfWaitingForDebugger", "{}");
            JsonObject frame = top(inspector.event("Debugger.paused"));
            assertEquals("0x1000", frame.get("functionName").getAsString());
            long before = value(inspector, frame, 0, "pc");
            assertEquals(0x1000, before);
            inspector.call("Debugger.stepInto", "{}");
            frame = top(inspector.event("Debugger.paused"));
            assertEquals(1, frame.getAsJsonObject("location").get("lineNumber").getAsInt());
            inspector.call("Debugger.resume", "{}");
            frame = top(inspector.event("Debugger.paused"));
            assertEquals("check_trap", frame.get("functionName").getAsString());
            assertEquals(0, frame.getAsJsonObject("location").get("lineNumber").getAsInt());
            String source = inspector.call("Debugger.getScriptSource", "{\"scriptId\":\""
                    + frame.getAsJsonObject("location").get("scriptId").getAsString() + "\"}").get("scriptSource")
                    .getAsString();
            assertTrue(source.lines().findFirst().orElseThrow().matches("[0-9a-f]+: .*sp, ?sp.*"), source);
            assertEquals(Long.parseLong(source.substring(0, source.indexOf(':')), 16),
                    value(inspector, frame, 0, "pc"));
            assertEquals(3, value(inspector, frame, 2, "privilege"));
            assertEquals(0, value(inspector, frame, 2, "satp"));
            inspector.call("Debugger.disable", "{}");
        }
        assertEquals(0, status(process), text("err"));
        assertTrue(text("out").endsWith("59 checks, 0 failed\n"), text("out"));
    }

    /// The developer tools of a real browser, headless, show where the guest stands, step by a click on their button, and
    /// let it run to its end.
    @Test
    void theBrowsersDeveloperToolsShowTheDisassemblyAndStep() throws Exception {
        int port = freePort();
        int control = freePort();
        Process process = run("--memory", "16M", "--option", "inspect=" + port, TRAPS);
        String address = listening(port);
        try {
            started.add(new ProcessBuilder("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                    "--remote-debugging-port=" + control, "--remote-allow-origins=*", "--window-size=1600,1200",
                    "--user-data-dir=" + folder.resolve("profile"), "about:blank").redirectErrorStream(true)
                    .redirectOutput(folder.resolve("browser").toFile()).start());
        } catch (IOException e) {
            assumeTrue(false, "chromium is not installed");
        }
        try (var browser = new Inspector(tab(control, "devtools://devtools/bundled/js_app.html?"
                + address.replace("://", "=")))) {
            awaitShown(browser, "auipc t0 , 0x0", "pc : 4096", "fs0 : 0", "privilege : 3", "traps.elf/0x1000:1");
            click(browser, "Step into");
            awaitShown(browser, "pc : 4100", "traps.elf/0x1000:2");
            click(browser, "Resume script execution");
            assertEquals(0, status(process), text("err"));
        }
        assertTrue(text("out").endsWith("59 checks, 0 failed\n"), text("out"));
    }

    /// Everything that a page shows, in shadow trees too.
    private static final String SHOWN = """
            (function all(node) {
                if (node.nodeName == 'STYLE' || node.nodeName == 'SCRIPT') return ''
                let text = node.nodeType == 3 ? node.data : ''
                for (const child of node.childNodes) text += all(child) + ' '
                if (node.shadowRoot) text += all(node.shadowRoot)
                return text
            })(document.body)""";

    private static String evaluate(Inspector browser, String expression) throws Exception {
        JsonObject parameters = new JsonObject();
        parameters.addProperty("expression", expression);
        JsonObject result = browser.call("Runtime.evaluate", parameters.toString()).getAsJsonObject("result");
        return result.has("value") ? result.get("value").getAsString().replaceAll("\\s+", " ") : "";
    }

    private static void awaitShown(Inspector browser, String... parts) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        String shown = evaluate(browser, SHOWN);
        while (!List.of(parts).stream().allMatch(shown::contains)) {
            assertTrue(System.nanoTime() < end, shown);
            Thread.sleep(300);
            shown = evaluate(browser, SHOWN);
        }
    }

    /// Clicks on the button whose title begins so.
    private static void click(Inspector browser, String title) throws Exception {
        assertEquals("clicked", evaluate(browser, """
                (function find(node) {
                    for (const one of node.querySelectorAll('*')) {
                        const title = one.getAttribute('title') || one.getAttribute('aria-label') || ''
                        if (/button/i.test(one.tagName) && !one.disabled && title.startsWith('%s')) {
                            one.click()
                            return 'clicked'
                        }
                        const below = one.shadowRoot ? find(one.shadowRoot) : ''
                        if (below) return below
                    }
                    return ''
                })(document)""".formatted(title)), title);
    }

    /// Opens a page. Browsers ignore addresses of their developer tools on the command line.
    ///
    /// @return where the page itself can be debugged
    private String tab(int control, String address) throws Exception {
        HttpRequest open = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + control + "/json/new?" + address))
                .PUT(HttpRequest.BodyPublishers.noBody()).build();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
        while (System.nanoTime() < end) {
            try {
                return JsonParser.parseString(HttpClient.newHttpClient().send(open,
                        HttpResponse.BodyHandlers.ofString()).body()).getAsJsonObject().get("webSocketDebuggerUrl")
                        .getAsString();
            } catch (IOException e) {
                Thread.sleep(200); // it has not started yet
            }
        }
        throw new AssertionError("the browser opens no page: " + text("browser"));
    }

    // ---- the Debug Adapter Protocol

    /// A client of a debug adapter.
    private static final class Adapter implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final List<JsonObject> events = new ArrayList<>();
        private int sequence;

        Adapter(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout((int) TimeUnit.SECONDS.toMillis(LONGEST_SECONDS));
            in = socket.getInputStream();
        }

        /// Sends a request.
        ///
        /// @return its number
        int send(String command, String arguments) throws IOException {
            byte[] text = ("{\"seq\":" + ++sequence + ",\"type\":\"request\",\"command\":\"" + command
                    + "\",\"arguments\":" + arguments + "}").getBytes(StandardCharsets.UTF_8);
            socket.getOutputStream().write(("Content-Length: " + text.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(text);
            return sequence;
        }

        JsonObject call(String command, String arguments) throws IOException {
            int mine = send(command, arguments);
            JsonObject answer = take(message -> message.get("type").getAsString().equals("response")
                    && message.get("request_seq").getAsInt() == mine);
            assertTrue(answer.get("success").getAsBoolean(), command + ": " + answer);
            return answer.has("body") ? answer.getAsJsonObject("body") : new JsonObject();
        }

        JsonObject event(String name) throws IOException {
            Predicate<JsonObject> wanted = message -> message.get("type").getAsString().equals("event")
                    && message.get("event").getAsString().equals(name);
            for (JsonObject before : events) {
                if (wanted.test(before)) {
                    events.remove(before);
                    return before;
                }
            }
            return take(wanted);
        }

        private JsonObject take(Predicate<JsonObject> wanted) throws IOException {
            while (true) {
                int length = 0;
                for (String line = line(); !line.isEmpty(); line = line()) {
                    length = Integer.parseInt(line.substring(line.indexOf(':') + 1).strip());
                }
                JsonObject next = JsonParser.parseString(new String(in.readNBytes(length), StandardCharsets.UTF_8))
                        .getAsJsonObject();
                if (wanted.test(next)) {
                    return next;
                }
                events.add(next);
            }
        }

        private String line() throws IOException {
            var line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                assertTrue(c >= 0, "the adapter has hung up");
                line.append(c == '\r' ? "" : (char) c);
            }
            return line.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /// The adapter keeps the process until its client has disconnected and hung up, which is what the protocol asks of
    /// clients that are told of the end.
    @Test
    void theDebugAdapterStepsAndShowsRegisters() throws Exception {
        int port = freePort();
        Process process = run("--memory", "16M", "--option", "dap=" + port, TRAPS);
        await("out", "listening on");
        try (var adapter = new Adapter(port)) {
            adapter.call("initialize", "{\"clientID\":\"test\",\"adapterID\":\"graalvm\",\"linesStartAt1\":true,"
                    + "\"columnsStartAt1\":true,\"pathFormat\":\"path\"}");
            adapter.event("initialized");
            adapter.send("attach", "{}");
            adapter.call("configurationDone", "{}");
            JsonObject stopped = adapter.event("stopped").getAsJsonObject("body");
            String thread = stopped.get("threadId").getAsString();
            JsonObject frame = frame(adapter, thread);
            assertEquals("0x1000", frame.get("name").getAsString());
            assertEquals(1, frame.get("line").getAsInt());
            adapter.call("next", "{\"threadId\":" + thread + "}");
            adapter.event("stopped");
            frame = frame(adapter, thread);
            assertEquals(2, frame.get("line").getAsInt());
            JsonArray scopes = adapter.call("scopes", "{\"frameId\":" + frame.get("id").getAsString() + "}")
                    .getAsJsonArray("scopes");
            String registers = scopes.get(0).getAsJsonObject().get("variablesReference").getAsString();
            String all = adapter.call("variables", "{\"variablesReference\":" + registers + "}").toString();
            assertTrue(all.contains("\"name\":\"pc\"") && all.contains("\"name\":\"a0\""), all);
            // As editors do: the source, and its number once more, which older clients sent alone.
            JsonObject source = frame.getAsJsonObject("source");
            String text = adapter.call("source", "{\"source\":" + source + ",\"sourceReference\":"
                    + source.get("sourceReference").getAsString() + "}").get("content").getAsString();
            assertTrue(text.startsWith("1000: "), text);
            adapter.call("continue", "{\"threadId\":" + thread + "}");
            adapter.event("terminated");
            adapter.call("disconnect", "{}");
        }
        assertEquals(0, status(process), text("err"));
        assertTrue(text("out").endsWith("59 checks, 0 failed\n"), text("out"));
    }

    private static JsonObject frame(Adapter adapter, String thread) throws IOException {
        return adapter.call("stackTrace", "{\"threadId\":" + thread + "}").getAsJsonArray("stackFrames").get(0)
                .getAsJsonObject();
    }
}
