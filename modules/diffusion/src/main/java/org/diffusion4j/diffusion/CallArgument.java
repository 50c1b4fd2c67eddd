package org.diffusion4j.diffusion;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An option that diffusers passes to a scheduler's {@code step} (such as {@code eta}), not to its constructor: it is set like
 * the others, but no {@code scheduler_config.json} has it.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface CallArgument {}
