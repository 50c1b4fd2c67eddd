package org.diffusion4j;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class RequirementTest {
    @Test
    void aMessageSaysWhereWhatWasExpectedAndWhatCame() {
        IllegalArgumentException argument = assertThrows(
                IllegalArgumentException.class, () -> Requirement.require(false, "eps", "a number above 0", -0.5));
        assertEquals("eps: expected a number above 0, found -0.5", argument.getMessage());
        Diffusion4jException given = assertThrows(
                Diffusion4jException.class, () -> Requirement.requireGiven(false, "pictures", "at least one", null));
        assertEquals("pictures: expected at least one, found null", given.getMessage());
        assertDoesNotThrow(() -> Requirement.require(true, "eps", "a number above 0", 0.5));
        assertDoesNotThrow(() -> Requirement.requireGiven(true, "pictures", "at least one", 1));
    }

    @Test
    void bothEndsOfARangeBelongToIt() {
        assertDoesNotThrow(() -> Requirement.requireWithin("steps", 1, 5, 1));
        assertDoesNotThrow(() -> Requirement.requireWithin("steps", 1, 5, 5));
        assertEquals(
                "steps: expected at least 1, found 0",
                assertThrows(IllegalArgumentException.class, () -> Requirement.requireWithin("steps", 1, 5, 0))
                        .getMessage());
        assertEquals(
                "steps: expected at most 5, found 6",
                assertThrows(IllegalArgumentException.class, () -> Requirement.requireWithin("steps", 1, 5, 6))
                        .getMessage());
    }
}
