package org.diffusion4j.spark;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.hadoop.conf.Configuration;

/**
 * Hadoop's settings on their way to the executors, such as a file system's address and keys. Hadoop's own class isn't serialisable.
 *
 * @param bytes the settings as Hadoop writes them
 */
public record HadoopSettings(byte[] bytes) implements Serializable {
    /**
     * Writes settings.
     *
     * @param configuration the settings
     * @return the same, serialisable
     */
    public static HadoopSettings of(Configuration configuration) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            configuration.write(out);
        } catch (IOException e) {
            throw new UncheckedIOException("memory can't fail", e);
        }
        return new HadoopSettings(bytes.toByteArray());
    }

    /** @return the settings as Hadoop's class */
    public Configuration configuration() {
        Configuration configuration = new Configuration(false);
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            configuration.readFields(in);
        } catch (IOException e) {
            throw new UncheckedIOException("memory can't fail", e);
        }
        return configuration;
    }
}
