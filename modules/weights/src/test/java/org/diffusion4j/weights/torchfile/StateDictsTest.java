package org.diffusion4j.weights.torchfile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateDictsTest {
    private final Map<String, TensorDict> dicts = new LinkedHashMap<>();

    private StateDictsTest dict(String path, int tensors, int others) {
        Map<String, String> paths = new LinkedHashMap<>();
        for (int i = 0; i < tensors; i++) {
            paths.put("t" + i, path + "/t" + i);
        }
        dicts.put(path, new TensorDict(paths, tensors + others));
        return this;
    }

    private List<String> found() {
        return StateDicts.of(dicts);
    }

    @Test
    void theFilesOwnDictIsTakenIfItHasMost() {
        assertEquals(List.of("", "model"), dict("", 10, 3).dict("model", 2, 0).found());
    }

    @Test
    void whatStandsBesideTheWeightsIsNone() {
        assertEquals(List.of("model"), dict("", 1, 3).dict("model", 9, 0).found());
    }

    @Test
    void aNetworkComesBeforeItsAverage() {
        assertEquals(
                List.of("model", "ema", "model_ema/module"),
                dict("ema", 10, 0)
                        .dict("model_ema/module", 9, 0)
                        .dict("model", 8, 0)
                        .found());
        dicts.clear();
        assertEquals(
                List.of("schema", "x-ema"),
                dict("x-ema", 10, 0).dict("schema", 1, 0).found());
    }

    @Test
    void anAverageAloneIsTheNetwork() {
        assertEquals(List.of("ema_0.9999"), dict("ema_0.9999", 10, 0).found());
    }

    @Test
    void knownNamesComeFirstThenTheLargest() {
        assertEquals(
                List.of("state_dict", "g", "d"),
                dict("d", 5, 0).dict("g", 9, 0).dict("state_dict", 3, 0).found());
    }

    @Test
    void optimisersAndRecordsAreNone() {
        assertEquals(
                List.of("net"),
                dict("net", 1, 0)
                        .dict("optimizer_states/0/state/0", 3, 0)
                        .dict("opt/state/1", 3, 0)
                        .dict("my_optimizer/m", 3, 0)
                        .dict("callbacks/ModelCheckpoint", 1, 9)
                        .found());
    }

    @Test
    void whatElseThereIsServesIfThereIsNothingBetter() {
        assertEquals(
                List.of("models/0", "models/1"),
                dict("models/0", 3, 0).dict("models/1", 2, 0).found());
        dicts.clear();
        assertEquals(List.of(""), dict("", 1, 9).found());
    }
}
