package org.diffusion4j.diffusion;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * An option that diffusers passes to a scheduler's {@code step} (such as {@code eta}), not to its constructor. It is set
 * like other options, but is never in {@code scheduler_config.json}.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface CallArgument {}
