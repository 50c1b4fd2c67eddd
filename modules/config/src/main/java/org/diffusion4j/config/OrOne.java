package org.diffusion4j.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A list in whose place a file may have a single value, which becomes a list of one; a list of one is written as the single
 * value. It holds for the lists within the list, too. What reads the list takes one value for as many as are needed.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
public @interface OrOne {}
