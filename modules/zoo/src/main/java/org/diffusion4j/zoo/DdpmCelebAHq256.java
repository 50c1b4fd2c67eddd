package org.diffusion4j.zoo;

import java.util.Map;

/** Draws faces, 256×256: the network of Ho et al. 2020 (arXiv:2006.11239), whose weights are on the Hugging Face hub. */
public final class DdpmCelebAHq256 extends HubUNetModel {
    /** The model's name. */
    public static final String NAME = "ddpm-celebahq-256";

    /** Makes the entry with the options that it was trained with. */
    public DdpmCelebAHq256() {
        this(builder());
    }

    private DdpmCelebAHq256(Builder<DdpmCelebAHq256> options) {
        super(
                NAME,
                "faces",
                new HubRepository(
                        "google/ddpm-celebahq-256",
                        "apache-2.0",
                        "cd5c944777ea2668051904ead6cc120739b86c4d",
                        Map.of(
                                "diffusion_pytorch_model.bin",
                                "efff89712093ad060ce99d9b461bbe542b49d8dd4ce30f23fe5761dca292361d")),
                "ddpm-256",
                options);
    }

    /**
     * Makes an entry with other options.
     *
     * @return a builder
     */
    public static Builder<DdpmCelebAHq256> builder() {
        return new Builder<>(DdpmCelebAHq256::new);
    }
}
