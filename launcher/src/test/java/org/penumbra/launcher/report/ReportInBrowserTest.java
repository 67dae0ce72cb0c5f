// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page of a comparison in a real browser: as wide as a phone's screen, and in both themes.
final class ReportInBrowserTest {
    private static final int PHONE = 360;
    private static final long LONGEST_SECONDS = 120;
    /// What the accessibility guidelines WCAG 2 want of text.
    private static final double LEAST_CONTRAST = 4.5;

    /// Shows a page in a frame as wide as a phone, whose style sheet then takes it for one, and measures.
    private static final String FRAME = """
            <!DOCTYPE html><meta charset="utf-8"><body><iframe width="%d" height="800" style="border: 0"></iframe><p id="found"></p>
            <script>
            const frame = document.querySelector('iframe')
            frame.onload = () => {
                const page = frame.contentDocument
                const style = element => frame.contentWindow.getComputedStyle(element)
                const beyond = [...page.querySelectorAll('body *')].filter(one => !one.closest('.scroll, details, svg')
                        && one.getBoundingClientRect().right > %1$d + 0.5)
                document.getElementById('found').textContent = JSON.stringify({width: page.documentElement.scrollWidth,
                    beyond: beyond.map(one => one.tagName + ' ' + one.textContent.slice(0, 40)).join(', '),
                    text: style(page.body).color, page: style(page.body).backgroundColor,
                    command: style(page.querySelector('.command')).backgroundColor,
                    charts: page.querySelectorAll('figure svg').length,
                    columns: style(page.querySelector('.charts')).gridTemplateColumns})
            }
            frame.srcdoc = %s
            </script>""";

    @TempDir
    private Path folder;

    private static String page() {
        List<Comparison> comparisons = new ArrayList<>();
        for (String workload : List.of("forkexit", "a-workload-with-quite-a-long-name")) {
            comparisons.add(new Comparison(workload, Map.of(), List.of(SyntheticRun.of(workload, "native", 1000, 0, 0, 5),
                    SyntheticRun.of(workload, "tsp", 1000, 800, 60, 50), SyntheticRun.of(workload, "ssp", 1000, 40, 0, 80),
                    SyntheticRun.of(workload, "asp", 1000, 30, 0, 80), SyntheticRun.of(workload, "hap", 1000, 9, 0, 900))));
        }
        return HtmlReport.of(comparisons, Summary.of(comparisons, 2, List.of()), List.of(),
                "./penumbra compare --models native,tsp,ssp,asp,hap --workloads forkexit,a-workload-with-quite-a-long-name");
    }

    private JsonObject shown(boolean dark) throws IOException, InterruptedException {
        Path file = folder.resolve("frame.html");
        Files.writeString(file, FRAME.formatted(PHONE, new JsonPrimitive(page()).toString()
                .replace("</", "<\\/")));
        Path dom = folder.resolve("dom");
        Process browser;
        try {
            browser = new ProcessBuilder("chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                    "--blink-settings=preferredColorScheme=" + (dark ? 0 : 1), "--virtual-time-budget=5000",
                    "--user-data-dir=" + folder.resolve(dark ? "dark" : "light"), "--dump-dom", file.toUri().toString())
                    .redirectOutput(dom.toFile()).redirectError(folder.resolve("err").toFile()).start();
        } catch (IOException _) {
            assumeTrue(false, "chromium is not installed");
            return null;
        }
        try {
            assertTrue(browser.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS), "the browser does not end");
        } finally {
            browser.destroyForcibly();
        }
        Matcher found = Pattern.compile("<p id=\"found\">(.*?)</p>", Pattern.DOTALL).matcher(Files.readString(dom));
        assertTrue(found.find() && !found.group(1).isEmpty(), Files.readString(folder.resolve("err")));
        return JsonParser.parseString(found.group(1)).getAsJsonObject();
    }

    @Test
    void pageFitsAPhoneInBothThemes() throws Exception {
        JsonObject light = shown(false);
        JsonObject dark = shown(true);
        for (JsonObject shown : List.of(light, dark)) {
            assertEquals("", shown.get("beyond").getAsString(), "all but wide tables ends within the screen");
            assertTrue(shown.get("width").getAsInt() <= PHONE, "nothing to scroll to the side: " + shown);
            assertEquals(4, shown.get("charts").getAsInt());
            assertEquals(1, shown.get("columns").getAsString().split(" ").length, "charts below each other");
            for (String background : List.of("page", "command")) {
                double contrast = contrast(shown.get("text").getAsString(), shown.get(background).getAsString());
                assertTrue(contrast >= LEAST_CONTRAST, "contrast " + contrast + " in " + shown);
            }
        }
        assertNotEquals(light.get("page"), dark.get("page"));
    }

    private static double contrast(String one, String other) {
        double a = luminance(one) + 0.05;
        double b = luminance(other) + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    /// @param colour as `rgb(1, 2, 3)`
    private static double luminance(String colour) {
        double[] linear = Arrays.stream(colour.replaceAll("[^0-9,]", "").split(",")).mapToDouble(Double::parseDouble)
                .map(part -> part / 255).map(part -> part <= 0.04045 ? part / 12.92 : Math.pow((part + 0.055) / 1.055, 2.4))
                .toArray();
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
    }
}
