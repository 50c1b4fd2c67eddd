package org.diffusion4j.weights.lora;

/** How an adapter's file names its tensors, which depends on the program that wrote it. */
public enum LoraFormat {
    /** {@code unet.….lora_A.weight} and {@code lora_B}: PEFT, and diffusers since 0.26. */
    PEFT("diffusers-peft"),
    /** {@code unet.….lora.down.weight} and {@code up}: diffusers 0.22 to 0.26. */
    DIFFUSERS("diffusers-lora"),
    /** {@code ….attn1.processor.to_q_lora.down.weight} and {@code up}: diffusers up to 0.21. */
    PROCESSOR("diffusers-processor"),
    /** {@code lora_unet_….lora_down.weight} and {@code lora_up}: kohya's scripts, also with convolutions (LoCon). */
    KOHYA("kohya"),
    /** {@code lora_unet_….hada_w1_a} and its like: LyCORIS' products of two low-rank matrices, element by element. */
    LOHA("lycoris-loha"),
    /** {@code lora_unet_….lokr_w1} and its like: LyCORIS' Kronecker products. */
    LOKR("lycoris-lokr"),
    /** {@code lora_unet_….diff} and {@code diff_b}: whole differences. */
    DIFFERENCES("lycoris-diff");

    private final String label;

    LoraFormat(String label) {
        this.label = label;
    }

    /**
     * The format's usual name.
     *
     * @return such as {@code kohya}
     */
    public String label() {
        return label;
    }
}
