package org.diffusion4j.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.datavec.api.split.InputSplit;
import org.diffusion4j.Diffusion4jException;

/** The files that a DataVec split lists. A name is a location's path relative to the folder that all have in common. */
record SplitFiles(InputSplit split, Map<String, URI> locations, List<String> names) implements PictureStore {
    static SplitFiles of(InputSplit split) {
        URI[] all = split.locations();
        if (all == null || all.length == 0) {
            throw new Diffusion4jException(split.getClass().getSimpleName() + ": expected locations, found none");
        }
        List<String> paths = new ArrayList<>();
        for (URI location : all) {
            String path = location.getPath() == null ? location.getSchemeSpecificPart() : location.getPath();
            paths.add(path.replaceFirst("^/+", ""));
        }
        String common = paths.get(0).substring(0, paths.get(0).lastIndexOf('/') + 1);
        for (String path : paths) {
            while (!path.startsWith(common)) {
                common = common.substring(0, common.lastIndexOf('/', common.length() - 2) + 1);
            }
        }
        Map<String, URI> locations = new LinkedHashMap<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < all.length; i++) {
            names.add(paths.get(i).substring(common.length()));
            locations.put(names.get(i), all[i]);
        }
        return new SplitFiles(split, locations, names);
    }

    @Override
    public String place() {
        return split.getClass().getSimpleName();
    }

    /** Reads a location itself if the split can't open what it lists. */
    @Override
    public InputStream open(String name) throws IOException {
        URI location = locations.get(name);
        if ("file".equals(location.getScheme())) {
            return Files.newInputStream(Path.of(location));
        }
        try {
            InputStream in = split.openInputStreamFor(location.toString());
            if (in == null) {
                throw new IOException("expected a split that opens " + location + ", found none");
            }
            return in;
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
