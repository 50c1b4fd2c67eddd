package org.diffusion4j.weights.torchfile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.weights.file.FileFault;
import org.diffusion4j.weights.file.ForeignFile;
import org.diffusion4j.weights.tensor.FileTensor;
import org.diffusion4j.weights.tensor.TensorFile;

/**
 * Reads what torch.save writes ({@code .bin}, {@code .pt}, {@code .pth}, {@code .ckpt}): a zip archive, or the stream of
 * pickles from before PyTorch 1.6. Nothing in it is ever called or looked up: an object of a class that isn't a dict, a list,
 * a tuple, a number, a text or a tensor is only named. Of the dicts in the file one is taken for the network's weights; {@link
 * #names} and {@link #tensor} are about that one. The tensors stay in the file until they are read.
 *
 * @see <a href="https://docs.pytorch.org/docs/stable/notes/serialization.html">the format</a>
 */
public final class TorchFile implements TensorFile {
    private final OpenFile file;
    private final TorchContent content;
    private final TorchPaths paths;
    private final List<String> stateDicts;
    private final Map<String, String> chosen;

    private TorchFile(OpenFile file, TorchContent content, TorchPaths paths, List<String> stateDicts, String chosen) {
        this.file = file;
        this.content = content;
        this.paths = paths;
        this.stateDicts = stateDicts;
        this.chosen = paths.dicts().get(chosen).paths();
    }

    /**
     * Opens a file and finds the network's weights in it.
     *
     * @param file a file of torch.save
     * @return the reader, which the caller closes
     * @throws Diffusion4jException if the file can't be read, is another kind of file (which the message names), isn't
     *     whole, is big-endian, or has no dict of tensors
     */
    public static TorchFile open(Path file) {
        return open(file, null);
    }

    /**
     * Opens a file with the weights in a certain dict.
     *
     * @param file a file of torch.save
     * @param dict the dict's path, such as {@code ema}; empty for the file's own value
     * @return the reader, which the caller closes
     * @throws Diffusion4jException as {@link #open(Path)} throws it, or if there is no such dict of tensors
     */
    public static TorchFile open(Path file, String dict) {
        FileChannel channel = null;
        TorchFile opened = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.READ);
            opened = read(new OpenFile(file, channel, channel.size()), dict);
            return opened;
        } catch (IOException e) {
            throw FileFault.from(file, "read a torch file", e);
        } finally {
            if (opened == null && channel != null) {
                close(channel);
            }
        }
    }

    /**
     * Whether a file begins like those of torch.save, which its name doesn't tell: a zip archive or a pickle.
     *
     * @param file any file
     * @return false, too, if it can't be read
     */
    public static boolean recognises(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return format(new OpenFile(file, channel, channel.size())) != null;
        } catch (IOException e) {
            return false;
        }
    }

    /** Null for another kind of file. */
    private static TorchFormat format(OpenFile file) throws IOException {
        if (file.size() < Integer.BYTES) {
            return null;
        }
        ByteBuffer head = ByteBuffer.allocate(Integer.BYTES);
        file.read(0, head);
        if (head.getInt(0) == 0x504b0304) {
            return TorchFormat.ZIP;
        }
        return head.get(0) == (byte) 0x80 && head.get(1) >= 2 && head.get(1) <= 5 ? TorchFormat.LEGACY : null;
    }

    private static TorchFile read(OpenFile file, String dict) throws IOException {
        TorchFormat format = format(file);
        if (format == null) {
            String found = ForeignFile.kind(file.path()).orElse("another kind of file");
            throw FileFault.in(file.path(), "expected a file of torch.save, found " + found);
        }
        TorchContent content = format == TorchFormat.ZIP ? TorchZip.read(file) : TorchLegacy.read(file);
        TorchPaths paths = TorchPaths.of(file.path(), content.top());
        List<String> stateDicts = StateDicts.of(paths.dicts());
        if (dict != null && !paths.dicts().containsKey(dict)) {
            throw FileFault.in(file.path(), dict, "expected a dict of tensors, found none among " + stateDicts);
        } else if (dict == null && stateDicts.isEmpty()) {
            String found = paths.unreadable().isEmpty()
                    ? TorchPaths.className(content.top())
                    : paths.unreadable().values().iterator().next();
            throw FileFault.in(
                    file.path(),
                    "expected a dict of tensors, such as model.state_dict() gives, found none in "
                            + FileFault.quote(found));
        }
        return new TorchFile(file, content, paths, stateDicts, dict == null ? stateDicts.get(0) : dict);
    }

    @Override
    public Path path() {
        return file.path();
    }

    /**
     * How the file is laid out.
     *
     * @return the format
     */
    public TorchFormat format() {
        return content.format();
    }

    /**
     * The names of the network's weights.
     *
     * @return the keys of the dict that was taken, in its order
     */
    @Override
    public Set<String> names() {
        return Collections.unmodifiableSet(chosen.keySet());
    }

    /**
     * The names in any dict of tensors.
     *
     * @param dict the dict's path, such as one of {@link #stateDicts}
     * @return the keys of its tensors, in its order; none if there is no such dict
     */
    public Set<String> names(String dict) {
        TensorDict tensors = paths.dicts().get(dict);
        return tensors == null
                ? Set.of()
                : Collections.unmodifiableSet(tensors.paths().keySet());
    }

    /**
     * One of the network's weights.
     *
     * @param name one of {@link #names}
     * @return the tensor
     * @throws Diffusion4jException if there is no such tensor
     */
    @Override
    public FileTensor tensor(String name) {
        String path = chosen.get(name);
        if (path == null) {
            throw FileFault.in(file.path(), name, "expected such a tensor, found none among " + chosen.size());
        }
        return fileTensor(name, paths.tensors().get(path));
    }

    /**
     * The paths of all tensors in the file, an optimiser's, too. A path is what leads from the file's value to the tensor:
     * keys, and the indexes of lists and tuples, joined by {@code /}.
     *
     * @return paths in the file's order
     */
    public Set<String> paths() {
        return paths.tensors().keySet();
    }

    /**
     * A tensor anywhere in the file.
     *
     * @param path one of {@link #paths}
     * @return the tensor
     * @throws Diffusion4jException if there is no tensor at that path
     */
    public FileTensor tensorAt(String path) {
        TorchTensor tensor = paths.tensors().get(path);
        if (tensor == null) {
            throw FileFault.in(file.path(), path, "expected a tensor at that path, found none");
        }
        return fileTensor(path, tensor);
    }

    private FileTensor fileTensor(String name, TorchTensor tensor) {
        StorageBytes storage = content.storages().get(tensor.storage().key());
        return new FileTensor(this, name, tensor.type(), tensor.shape(), new ViewBytes(storage, tensor));
    }

    /**
     * Where the network's weights are.
     *
     * @return the paths of the dicts of tensors that aren't an optimiser's, with their numbers of tensors; that which is
     *     taken for the network itself is the first, the empty path is the file's own value
     */
    public Map<String, Integer> stateDicts() {
        Map<String, Integer> sizes = new LinkedHashMap<>();
        stateDicts.forEach(path -> sizes.put(path, paths.dicts().get(path).tensors()));
        return sizes;
    }

    /**
     * Texts, numbers, booleans and nulls in the file.
     *
     * @return by their paths String, Long, BigInteger, Double, Boolean or null; those beyond some 300,000 paths are left out
     */
    public Map<String, Object> plain() {
        return paths.plain();
    }

    /**
     * Objects that aren't read, with all that is in them.
     *
     * @return the name of each one's class by its path
     */
    public Map<String, String> unknown() {
        return paths.unknown();
    }

    /**
     * Tensors of kinds that aren't read, such as quantised ones.
     *
     * @return what each one is, by its path
     */
    public Map<String, String> unreadable() {
        return paths.unreadable();
    }

    /**
     * Tensors that share their elements, as tied weights do.
     *
     * @return groups of paths of two or more tensors that have elements and the same storage
     */
    public List<List<String>> sharedStorages() {
        Map<String, List<String>> byStorage = new LinkedHashMap<>();
        paths.tensors().forEach((path, tensor) -> {
            if (tensor.extent() > 0) {
                byStorage
                        .computeIfAbsent(tensor.storage().key(), any -> new ArrayList<>())
                        .add(path);
            }
        });
        Collection<List<String>> groups = byStorage.values();
        return groups.stream().filter(group -> group.size() > 1).toList();
    }

    @Override
    public void close() {
        close(file.channel());
    }

    /** Closes a file that was only read, so nothing is lost if that fails. */
    private static void close(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            throw new Diffusion4jException("expected to close a file, found " + FileFault.oneLine(e.toString()), e);
        }
    }
}
