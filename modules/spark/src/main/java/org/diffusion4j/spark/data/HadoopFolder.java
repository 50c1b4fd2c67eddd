package org.diffusion4j.spark.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.PictureStore;

/**
 * The files of a folder on a file system that Hadoop knows.
 *
 * @param files the file system
 * @param root the folder
 * @param names the files' paths in it
 * @param folders the folders' paths in it
 * @param bytes how much all files have
 */
public record HadoopFolder(FileSystem files, Path root, List<String> names, List<String> folders, long bytes)
        implements PictureStore {
    /**
     * Lists a folder and its subfolders.
     *
     * @param root the folder
     * @param configuration Hadoop's settings
     * @return its files
     * @throws Diffusion4jException if there is none, or it can't be read
     */
    public static HadoopFolder of(Path root, Configuration configuration) {
        try {
            FileSystem files = root.getFileSystem(configuration);
            Path real = files.getFileStatus(root).getPath();
            List<String> names = new ArrayList<>();
            List<String> folders = new ArrayList<>();
            long bytes = 0;
            Deque<Path> left = new ArrayDeque<>(List.of(real));
            while (!left.isEmpty()) {
                RemoteIterator<FileStatus> inside = files.listStatusIterator(left.pop());
                while (inside.hasNext()) {
                    FileStatus status = inside.next();
                    String name = below(real, status.getPath());
                    if (status.isDirectory()) {
                        folders.add(name);
                        left.push(status.getPath());
                    } else {
                        names.add(name);
                        bytes += status.getLen();
                    }
                }
            }
            return new HadoopFolder(files, real, names, folders, bytes);
        } catch (IOException e) {
            throw unreadable(root, e);
        }
    }

    /** A path relative to a folder that it is in. */
    private static String below(Path root, Path path) {
        String folder = root.toUri().getPath();
        return path.toUri().getPath().substring(folder.endsWith("/") ? folder.length() : folder.length() + 1);
    }

    /**
     * Says that a path can't be read.
     *
     * @param path that was given
     * @param e what went wrong
     * @return an exception that says it in one line
     */
    public static Diffusion4jException unreadable(Path path, Exception e) {
        return new Diffusion4jException(
                path + ": expected a folder or an archive of pictures, found "
                        + (e instanceof FileNotFoundException ? "nothing" : e),
                e);
    }

    @Override
    public String place() {
        return root.toString();
    }

    @Override
    public InputStream open(String name) throws IOException {
        return files.open(path(name));
    }

    /**
     * A file's path.
     *
     * @param name its path in the folder
     * @return its whole path
     */
    public Path path(String name) {
        return new Path(root, new Path(null, null, name));
    }
}
