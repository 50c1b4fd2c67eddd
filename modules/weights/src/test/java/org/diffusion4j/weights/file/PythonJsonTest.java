package org.diffusion4j.weights.file;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PythonJsonTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e-05",
                "1e-06",
                "0.0001",
                "0.02",
                "0.05",
                "1.0",
                "0.0",
                "-0.0",
                "0.995",
                "1.4142135623730951",
                "100.0",
                "1234567.5",
                "1e+16",
                "9999999999999998.0",
                "1.5e+16",
                "1.7976931348623157e+308",
                "5e-324",
                "2e-323",
                "-1.25e-07",
                "2.2250738585072014e-308",
                "0.00012345",
                "123456789012345.6",
                "2e+23"
            })
    void printsNumbersAsPythonDoes(String number) {
        assertEquals(number, PythonJson.repr(Double.parseDouble(number)));
    }

    @Property
    void numbersReadBackAsTheyWere(@ForAll long bits) {
        double value = Double.longBitsToDouble(bits);
        assertEquals(value, Double.parseDouble(PythonJson.repr(value)));
    }

    @Test
    void sortsIndentsAndEscapesAsPythonDoes() throws JsonProcessingException {
        String json =
                "{\"b\": [1, [2.0], {}], \"a\": {\"z\": null, \"\u00e9\uD83D\uDE00\": \"\\u0001\\\"\\\\/\\n\u007f\"},"
                        + " \"_x\": true, \"empty\": []}";
        String printed =
                """
                {
                  "_x": true,
                  "a": {
                    "z": null,
                    "\\u00e9\\ud83d\\ude00": "\\u0001\\"\\\\/\\n\\u007f"
                  },
                  "b": [
                    1,
                    [
                      2.0
                    ],
                    {}
                  ],
                  "empty": []
                }
                """;
        assertEquals(printed, PythonJson.print(new JsonMapper().readTree(json)));
    }
}
