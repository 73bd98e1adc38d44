package org.malgwi.android.internal;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Excuses a class from the check that only calls of Android 8 (API 26) are made. */
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface AboveApi26 {}
