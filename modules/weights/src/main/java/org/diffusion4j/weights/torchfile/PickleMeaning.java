package org.diffusion4j.weights.torchfile;

import java.util.List;
import org.diffusion4j.Diffusion4jException;

/** What a pickle's calls and its references to what lies outside of it mean: the only place where anything is made of them. */
interface PickleMeaning {
    /**
     * A call.
     *
     * @param function the name of what is called
     * @param arguments with what
     * @param input for messages
     * @return a value; for a function that isn't known an inert {@link PickleObject}
     * @throws Diffusion4jException if it is known, and the arguments aren't what it takes
     */
    default Object call(PickleGlobal function, List<Object> arguments, PickleInput input) {
        return new PickleObject(function.fullName(), arguments);
    }

    /**
     * A reference.
     *
     * @param id what stands in the pickle
     * @param input for messages
     * @return what it refers to
     * @throws Diffusion4jException if it is no such reference
     */
    default Object persistent(Object id, PickleInput input) {
        throw input.fault("expected no reference to a storage, found one");
    }
}
