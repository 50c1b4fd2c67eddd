package org.diffusion4j.weights.singlefile;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.diffusion4j.weights.file.FileFault;

/** What a file of tensors looks like that is no checkpoint of the Stable Diffusion family. */
enum LookAlike {
    /** As kohya, PEFT, diffusers and LyCORIS write them. */
    ADAPTER(
            "lora_(up|down|mid|[AB]|te\\d?_|unet_)|\\.lora\\.|_lora\\.|hada_w[12]|lokr_w[12]|\\.dora_scale$",
            "an adapter (LoRA), which belongs to a model"),
    /** With tokens' vectors only. */
    EMBEDDING(
            "^(emb_params|string_to_param|clip_[lg]|<[^>]*>)(\\.|/|$)",
            "an embedding of textual inversion, which belongs to a model"),
    /** Not of a network with the blocks of Stable Diffusion 1, 2 and XL. */
    TRANSFORMER(
            "(^|\\.)(joint_blocks|double_blocks|single_blocks|transformer_blocks\\.\\d+\\.attn\\.)",
            "a transformer of another family, such as Stable Diffusion 3 or Flux"),
    /** Original and diffusers' names. */
    CONTROL("^control_model\\.|input_hint_block|controlnet_cond_embedding", "a ControlNet"),
    /** Under diffusers' names, but without its configuration. */
    NETWORK(
            "^(down_blocks|up_blocks|mid_block|encoder\\.down_blocks|decoder\\.up_blocks)\\.",
            "a single network under diffusers' names, which belongs into a folder beside its config.json"),
    /** Without the name that it has in a checkpoint. */
    UNET("^(input_blocks|output_blocks|middle_block)\\.", "a U-Net alone, without text encoder and autoencoder"),
    /** As transformers and OpenCLIP write it. */
    TEXT_ENCODER(
            "^(text_model|transformer\\.resblocks|cond_stage_model|conditioner)\\.", "a text encoder without a U-Net"),
    /** Something else where Stable Diffusion's U-Net is. */
    OTHER_NETWORK("^model\\.diffusion_model\\.", "a checkpoint with another network than Stable Diffusion's");

    private final Pattern pattern;
    private final String words;

    LookAlike(String pattern, String words) {
        this.pattern = Pattern.compile(pattern);
        this.words = words;
    }

    /** Says in a few words what tensors of these names are. */
    static String describe(Set<String> names) {
        if (names.isEmpty()) {
            return "no tensors";
        }
        for (LookAlike kind : values()) {
            Optional<String> example = names.stream()
                    .filter(name -> kind.pattern.matcher(name).find())
                    .findFirst();
            if (example.isPresent()) {
                return kind.words + " (by " + FileFault.quote(example.get()) + ")";
            }
        }
        return String.format(
                Locale.ROOT,
                "%d %s of no known kind, such as %s",
                names.size(),
                names.size() == 1 ? "tensor" : "tensors",
                FileFault.quote(names.iterator().next()));
    }
}
