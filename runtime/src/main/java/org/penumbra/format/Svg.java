// SPDX-License-Identifier: Apache-2.0
package org.penumbra.format;

import java.util.Locale;
import java.util.function.Consumer;

/// A picture in SVG, drawn piece by piece, later pieces over earlier ones. Coordinates are pixels from the upper left
/// corner. Further attributes of a piece are pairs of a name and a value.
public final class Svg {
    private final StringBuilder out;

    private Svg(String head) {
        out = new StringBuilder(head);
    }

    /// A picture for a file of its own, on white.
    public static Svg picture(int width, int height, String font, int fontSize) {
        return new Svg("""
                <svg xmlns="http://www.w3.org/2000/svg" width="%1$d" height="%2$d" viewBox="0 0 %1$d %2$d"\
                 font-family="%3$s" font-size="%4$d">
                <rect width="100%%" height="100%%" fill="white"/>
                """.formatted(width, height, font, fontSize));
    }

    /// A picture for a web page, from which it has its styles.
    public static Svg inline(int width, int height) {
        return new Svg("<svg viewBox=\"0 0 %d %d\" role=\"img\">".formatted(width, height));
    }

    /// @param anchor which part of the text is at `x`: start, middle or end
    public Svg text(double x, double y, String anchor, String text, String... attributes) {
        open("text", attributes, "x", x, "y", y);
        if (!anchor.equals("start")) {
            out.append(" text-anchor=\"").append(anchor).append('"');
        }
        out.append('>').append(escape(text)).append("</text>\n");
        return this;
    }

    public Svg line(double x1, double y1, double x2, double y2, String... attributes) {
        return empty("line", attributes, "x1", x1, "y1", y1, "x2", x2, "y2", y2);
    }

    public Svg rectangle(double x, double y, double width, double height, String... attributes) {
        return empty("rect", attributes, "x", x, "y", y, "width", width, "height", height);
    }

    public Svg dot(double x, double y, String... attributes) {
        return empty("circle", attributes, "cx", x, "cy", y, "r", 3.0);
    }

    /// A line through points; those with a NaN are left out.
    public Svg polyline(double[] xs, double[] ys, String... attributes) {
        open("polyline", attributes);
        out.append(" points=\"");
        String separator = "";
        for (int i = 0; i < xs.length; i++) {
            if (!Double.isNaN(ys[i])) {
                out.append(separator).append(number(xs[i])).append(',').append(number(ys[i]));
                separator = " ";
            }
        }
        out.append("\"/>\n");
        return this;
    }

    /// Pieces that show a text when they are pointed at.
    public Svg titled(String title, Consumer<Svg> pieces) {
        out.append("<g><title>").append(escape(title)).append("</title>");
        pieces.accept(this);
        out.append("</g>\n");
        return this;
    }

    /// The whole picture.
    public String end() {
        return out + "</svg>\n";
    }

    /// A text as it has to stand in XML and HTML.
    public static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private Svg empty(String name, String[] attributes, Object... coordinates) {
        open(name, attributes, coordinates);
        out.append("/>\n");
        return this;
    }

    private void open(String name, String[] attributes, Object... coordinates) {
        out.append('<').append(name);
        for (int i = 0; i < coordinates.length; i += 2) {
            attribute((String) coordinates[i], number((double) coordinates[i + 1]));
        }
        for (int i = 0; i < attributes.length; i += 2) {
            attribute(attributes[i], attributes[i + 1]);
        }
    }

    private void attribute(String name, String value) {
        out.append(' ').append(name).append("=\"").append(escape(value)).append('"');
    }

    /// With one decimal, if any.
    private static String number(double value) {
        String text = String.format(Locale.ROOT, "%.1f", value);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
