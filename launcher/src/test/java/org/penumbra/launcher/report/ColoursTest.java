// SPDX-License-Identifier: Apache-2.0
package org.penumbra.launcher.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.penumbra.options.ModelName;

class ColoursTest {

    private static String colour(String style, String name, String property) {
        Matcher found = Pattern.compile("\\." + name + " \\{ " + property + ": ([^;]+); \\}").matcher(style);
        assertTrue(found.find(), name);
        return found.group(1);
    }

    @Test
    void eachModelHasOneColourInBarsAndLines() throws Exception {
        String style;
        try (InputStream in = HtmlReport.class.getResourceAsStream("report.css")) {
            style = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Set<String> all = new HashSet<>();
        for (ModelName model : ModelName.values()) {
            String bar = colour(style, "s" + model.ordinal(), "fill");
            assertEquals(bar, colour(style, "l" + model.ordinal(), "stroke"), model.toString());
            assertTrue(all.add(bar), model + " has the colour of another");
        }
    }
}
