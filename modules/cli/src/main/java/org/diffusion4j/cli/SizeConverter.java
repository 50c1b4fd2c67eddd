package org.diffusion4j.cli;

import java.util.Locale;
import org.diffusion4j.graph.SampleSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes such as {@code 32} or {@code 48x32}, which is width by height. */
final class SizeConverter implements ITypeConverter<SampleSize> {
    @Override
    public SampleSize convert(String text) {
        String[] sides = text.split("x", 2);
        try {
            int width = Integer.parseInt(sides[0]);
            return new SampleSize(sides.length == 1 ? width : Integer.parseInt(sides[1]), width);
        } catch (NumberFormatException e) {
            throw new TypeConversionException(
                    String.format(Locale.ROOT, "expected a size such as 32 or 48x32, found '%s'", text));
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(
                    String.format(Locale.ROOT, "expected sides from 1 to %d, found '%s'", SampleSize.MOST, text));
        }
    }
}
