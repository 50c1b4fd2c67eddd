package org.diffusion4j.weights.diffusers;

import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.diffusion4j.Diffusion4jException;

/**
 * Which files of a pipeline's folder its parts are read from. It depends on the names of the files and on the keys of the pipeline's
 * index only, so it can be said of a folder on a server as well.
 *
 * <p>A variant is that of each part whose own folder has some file of it; the other parts are read as usual. It is an error if no part
 * has it. So it is in diffusers' {@code DiffusionPipeline.from_pretrained}, which doesn't look for a variant beside the index either.
 */
public final class PartFiles {
    private static final String CONTROLNET = "controlnet_";

    private final FolderListing listing;
    private final Map<String, WeightPreference> preferences = new TreeMap<>();
    private final WeightPreference usual;

    private PartFiles(FolderListing listing, WeightPreference usual) {
        this.listing = listing;
        this.usual = usual;
    }

    /**
     * Looks through a listing.
     *
     * @param listing the pipeline's folder with those of its parts
     * @param keys the keys of {@code model_index.json}
     * @param preference which weights are wanted
     * @return the parts' files
     * @throws Diffusion4jException if a variant is wanted that no part has
     */
    public static PartFiles of(FolderListing listing, Collection<String> keys, WeightPreference preference) {
        PartFiles parts = new PartFiles(listing, preference.withoutVariant());
        String variant = preference.variant();
        if (variant == null) {
            return parts;
        }
        for (String key : keys) {
            if (!listing.place(key).isEmpty()
                    && listing.names(listing.place(key)).stream().anyMatch(name -> isOf(name, variant))) {
                parts.preferences.put(key, preference);
            }
        }
        if (parts.preferences.isEmpty()) {
            throw new Diffusion4jException(listing.where() + ": expected files of the variant " + variant
                    + " in the folder of a part, such as unet/diffusion_pytorch_model." + variant
                    + ".safetensors, found none");
        }
        return parts;
    }

    /** Diffusers asks for no more than this beginning of the second word. */
    private static boolean isOf(String name, String variant) {
        String[] words = name.split("\\.", -1);
        return words.length > 1 && words[1].startsWith(variant);
    }

    /**
     * Where a part lies.
     *
     * @param part its name, such as {@code unet}
     * @return the path of its folder with a slash at its end; an empty text if it is in the pipeline's own folder
     */
    public String place(String part) {
        return listing.place(part);
    }

    /**
     * Which of a part's weights are wanted.
     *
     * @param part its name; ControlNets after the first one have that one's variant
     * @return with a variant if the part has it
     */
    public WeightPreference preference(String part) {
        return preferences.getOrDefault(part.startsWith(CONTROLNET) ? "controlnet" : part, usual);
    }

    /**
     * The file of a part's weights.
     *
     * @param part its name
     * @param layout the library that the network is of
     * @return the file, without the path of {@link #place}
     * @throws Diffusion4jException if there is none
     */
    public WeightChoice weights(String part, WeightLayout layout) {
        String place = place(part);
        String where = place.isEmpty() ? listing.where() : listing.where() + "/" + part;
        return WeightChoice.of(where, listing.names(place), layout, preference(part));
    }
}
