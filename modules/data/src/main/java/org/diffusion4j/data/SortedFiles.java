package org.diffusion4j.data;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.data.LeftOut.Reason;

/**
 * Files sorted by their kinds.
 *
 * @param pictures at least one picture of a format that is read, in the order of their names
 * @param otherPictures pictures of other formats, which are left out
 * @param metadata metadata files that are read
 * @param texts files that are texts by their names, of pictures or not
 * @param folders the folders, with a slash at their ends, without hidden ones and those of operating systems
 * @param leftOut the files that are neither pictures nor metadata nor texts
 */
record SortedFiles(
        List<String> pictures,
        List<String> otherPictures,
        Set<String> metadata,
        List<String> texts,
        Set<String> folders,
        LeftOut leftOut) {

    static SortedFiles of(PictureFiles files) {
        SortedFiles sorted = new SortedFiles(
                new ArrayList<>(),
                new ArrayList<>(),
                new LinkedHashSet<>(),
                new ArrayList<>(),
                new LinkedHashSet<>(),
                new LeftOut());
        RunFolders runs = new RunFolders(files.names());
        for (String name : files.names()) {
            FileKind kind = FileKind.of(name);
            String hidden = FileKind.hiddenPart(name);
            String run = runs.of(name);
            if (hidden != null) {
                sorted.leftOut.add(kind.counts() ? Reason.HIDDEN : Reason.HOUSEKEEPING, name, hidden);
            } else if (run != null) {
                sorted.leftOut.add(Reason.RUN, name, run);
            } else {
                sorted.add(name, kind);
            }
        }
        for (String folder : files.folders()) {
            if (FileKind.hiddenPart(folder + "/") == null && !runs.in(folder + "/")) {
                sorted.folders.add(folder + "/");
            }
        }
        sorted.require(files);
        return sorted;
    }

    private void add(String name, FileKind kind) {
        switch (kind) {
            case PICTURE -> pictures.add(name);
            case OTHER_PICTURE -> {
                otherPictures.add(name);
                leftOut.add(Reason.FORMAT, name, name);
            }
            case METADATA -> metadata.add(name);
            case CAPTION -> texts.add(name);
            case OTHER_METADATA -> leftOut.add(Reason.METADATA, name, name);
            case HOUSEKEEPING -> leftOut.add(Reason.HOUSEKEEPING, name, name);
            case OTHER -> leftOut.add(Reason.OTHER, name, name);
        }
        for (int slash = name.lastIndexOf('/');
                slash >= 0 && folders.add(name.substring(0, slash + 1));
                slash = name.lastIndexOf('/', slash - 1)) {}
    }

    private void require(PictureFiles files) {
        if (pictures.isEmpty()) {
            throw new Diffusion4jException(files.place() + ": expected pictures (" + FileKind.suffixes()
                    + "), found none among " + files.names().size() + " files"
                    + (otherPictures.isEmpty()
                            ? ""
                            : ", of which " + LeftOut.bySuffix(otherPictures) + " are of formats that are not read"));
        }
    }
}
