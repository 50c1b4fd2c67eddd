package org.diffusion4j.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.diffusion4j.Diffusion4jException;
import org.diffusion4j.engine.EngineKind;
import org.diffusion4j.weights.safetensors.SafetensorsReader;
import org.diffusion4j.weights.safetensors.SafetensorsWriter;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A case that is wrong in one place must fail: else agreeing would mean nothing. */
class SpoiledCasesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Engines ENGINES = Engines.of(EngineKind.AUTO, 1);

    @TempDir
    Path folder;

    @TestFactory
    Stream<DynamicTest> aWrongSettingOfEachKindOfCaseFails() {
        return wrongSettings(ofEachKind(settings(), Map.Entry::getValue));
    }

    @Tag("slow")
    @TestFactory
    Stream<DynamicTest> oneWrongSettingFails() {
        return wrongSettings(settings());
    }

    /** The first of each kind of case, which is the beginning of its name. */
    private static <T> Map<String, T> ofEachKind(
            Map<String, T> wrong, Function<Map.Entry<String, T>, String> caseName) {
        Map<String, T> first = new LinkedHashMap<>();
        Set<String> kinds = new HashSet<>();
        for (Map.Entry<String, T> one : wrong.entrySet()) {
            if (kinds.add(caseName.apply(one).split("[-/]")[0])) {
                first.put(one.getKey(), one.getValue());
            }
        }
        return first;
    }

    private static Map<String, String> settings() {
        Map<String, String> wrong = new LinkedHashMap<>();
        // case, file, key (a path of keys for case.json), value
        wrong.put("eps of a group norm", "ops/group_norm--c6-g3-eps0.001 case.json options/eps 1e-5");
        wrong.put("groups of a group norm", "ops/group_norm--c8-g2-eps1e-06 case.json options/num_groups 4");
        wrong.put("padding side", "ops/downsample_conv--pad0-6x8 case.json options/padding 1");
        wrong.put("corners of an upsampling", "ops/upsample_bilinear--align0 case.json options/align_corners true");
        wrong.put(
                "sines first",
                "ops/timestep_embedding_cat--d16-flip0-shift0-scale1 case.json options/flip_sin_to_cos true");
        wrong.put(
                "frequency shift",
                "ops/timestep_embedding_cat--d16-flip0-shift0-scale1 case.json options/downscale_freq_shift 1");
        wrong.put("scale of a block", "ops/resnet_block--default case.json options/output_scale_factor 1.001");
        wrong.put("activation of a block", "ops/resnet_block--default case.json options/non_linearity \"gelu_tanh\"");
        wrong.put("heads", "ops/self_attention--heads4 case.json options/heads 2");
        wrong.put("residual", "ops/self_attention--no-residual case.json options/residual_connection true");
        wrong.put("eps of a network", "unet2d-norm-eps config.json norm_eps 1e-5");
        wrong.put("padding of a network", "unet2d-padding-0-wide config.json downsample_padding 1");
        wrong.put("sines of a network", "unet2d-plain config.json flip_sin_to_cos false");
        wrong.put("scale of a bottleneck", "unet2d-mid-scale config.json mid_block_scale_factor 1");
        wrong.put("activation of a network", "unet2d-plain config.json act_fn \"gelu\"");
        wrong.put("eps of a conditional network", "unet2dcond-odd-size config.json norm_eps 1e-4");
        wrong.put("heads of transformers", "unet2dcond-time-cond config.json attention_head_dim 4");
        wrong.put("activation of an embedding", "unet2dcond-time-cond config.json time_embedding_act_fn null");
        wrong.put("heads of a pooling", "unet2dcond-if-stage1 config.json addition_embed_type_num_heads 5");
        wrong.put("widths of heads", "unet2dcond-if-stage1 config.json attention_head_dim [8,4]");
        wrong.put("scale of a ControlNet", "controlnet-tiny case.json conditioning_scale 0.71");
        wrong.put("order of attention", "guided-adm config.json use_new_attention_order true");
        wrong.put("widths of heads of guided-diffusion", "guided-adm config.json num_head_channels 8");
        wrong.put("heads of a classifier's pooling", "guided-classifier-attention config.json num_head_channels 32");
        wrong.put("pooling", "guided-classifier-attention config.json pool \"adaptive\"");
        wrong.put("resolutions of attention", "public-configs guided-classifier64.json attention_resolutions [2,4]");
        wrong.put("scale of a classifier", "guided-diffusion-process case.json classifier_scale 2.1");
        wrong.put("betas of a process", "guided-diffusion-process case.json noise_schedule \"cosine\"");
        wrong.put("respacing", "guided-diffusion-process case.json respacing/ddpm \"ddim10\"");
        wrong.put("eta of a process", "guided-diffusion-process case.json ddim_eta 0.6");
        wrong.put("number of parameters", "public-configs sd15-unet.json cross_attention_dim 769");
        wrong.put("last beta", "sched-ddpm-default scheduler_config.json beta_end 0.0201");
        wrong.put("spacing", "sched-ddim-default scheduler_config.json timestep_spacing \"trailing\"");
        wrong.put("final alpha", "sched-ddim-default scheduler_config.json set_alpha_to_one false");
        wrong.put("beta of an optimiser", "training-adamw case.json settings/betas [0.9,0.999]");
        wrong.put("eps of an optimiser", "training-adamw case.json settings/eps 1e-6");
        wrong.put("weight decay", "training-adamw case.json settings/weight_decay 0.2");
        wrong.put("learning rate", "training-adamw case.json settings/lr 0.00101");
        wrong.put("warm-up", "training-adamw case.json settings/warmup_steps 4");
        wrong.put("clipping", "training-adamw case.json settings/max_grad_norm null");
        wrong.put("moving average", "training-adamw case.json settings/ema/power 0.7");
        wrong.put("loss weights", "training-min-snr-eps case.json settings/snr_gamma null");
        wrong.put("limit of loss weights", "training-min-snr-eps case.json settings/snr_gamma 4");
        wrong.put("alpha of trained branches", "training-lora-alpha8 case.json settings/alpha 4");
        wrong.put("layers with branches", "training-lora-alpha8 case.json settings/target_modules [\"to_k\",\"to_q\"]");
        wrong.put("rate of a conditional run", "training-text-min-snr-v-drop case.json settings/lr 0.00201");
        wrong.put("learning rate's curve", "training-min-snr-eps case.json settings/lr_schedule \"linear\"");
        wrong.put("target", "training-min-snr-v case.json settings/prediction_type \"epsilon\"");
        wrong.put("noise of training", "training-min-snr-v scheduler_config.json beta_end 0.0125");
        wrong.put("restarts", "lr-schedules case.json options/cosine_with_restarts/num_cycles 2");
        wrong.put(
                "staircase",
                "lr-schedules case.json options/piecewise_constant/step_rules \"1:10,0.1:21,0.01:30,0.005\"");
        wrong.put(
                "unit of the average's warm-up", "lr-schedules case.json options/ema.warmup_2_0.9_max0.8/inv_gamma 1");
        wrong.put("eta", "sched-ddim-eta-0.5 case.json step_kwargs/eta 0.6");
        wrong.put("scale of latents", "vae-sd config.json scaling_factor 0.18216");
        wrong.put("shift of latents", "vae-sd config.json shift_factor 0.001");
        wrong.put("size of tiles", "vae-sd case.json tile/tile_sample_min_size 14");
        wrong.put("overlap of tiles", "vae-sd case.json tile/tile_overlap_factor 0.375");
        wrong.put("activation of a tiny autoencoder", "vae-tiny config.json act_fn \"relu\"");
        wrong.put("shift of tiny latents", "vae-tiny config.json shift_factor 0");
        wrong.put("activation of a text encoder", "clip-text-attention-mask config.json hidden_act \"gelu\"");
        wrong.put("heads of a text encoder", "clip-text-attention-mask config.json num_attention_heads 2");
        wrong.put("eps of a text encoder", "clip-text-attention-mask config.json layer_norm_eps 0.0011");
        wrong.put("end of a text", "clip-text-attention-mask config.json eos_token_id 1");
        wrong.put(
                "guidance of a consistency model", "pipeline-lcm-tiny case.json runs/img2img/call/guidance_scale 8.4");
        wrong.put("strength of a consistency model", "pipeline-lcm-tiny case.json runs/img2img/call/strength 0.62");
        wrong.put("guess mode", "pipeline-controlnet-tiny case.json runs/ddim_guess_mode/call/guess_mode false");
        wrong.put("rescaled guidance", "pipeline-sd-tiny case.json runs/txt2img_rescale.dpmpp_2m/guidance_rescale 0.6");
        wrong.put("seed", "pipeline-sdxl-tiny case.json runs/img2img.euler/seeds [102,104]");
        wrong.put("scale of a pipeline's latents", "pipeline-sdxl-tiny vae/config.json scaling_factor 0.131");
        wrong.put(
                "keys of another model",
                "singlefile-key-tables case.json tables/sd15/file \"sd15-inpainting.json.gz\"");
        wrong.put("averages in a single file", "singlefile-sd2 case.json ema_keys 1");
        wrong.put("keys without use", "singlefile-sd2 case.json ignored_keys [\"betas\"]");
        wrong.put("layout of a single file", "singlefile-sd2 case.json layout \"sd1\"");
        wrong.put(
                "place of a text encoder",
                "singlefile-sd2 case.json text_encoder_prefix/text_encoder \"cond_stage_model.\"");
        wrong.put("layers in a single file", "singlefile-sd2 text_encoder/config.json num_hidden_layers 22");
        wrong.put("scale of an adapter", "lora-kohya-sd1 case.json scales [1.01,0.6]");
        wrong.put("form of an adapter", "lora-kohya-sd1 case.json format \"diffusers-peft\"");
        wrong.put("refusal of an adapter", "lora-kohya-sd1 case.json expected \"refused\"");
        wrong.put("bytes on the hub", "hub-files table.json files/model_index.json {\"base64\":\"eA==\"}");
        wrong.put(
                "files of a folder",
                "flat-sharded-and-whole case.json loads [{\"picks\":{\"unet\":"
                        + "[\"unet/diffusion_pytorch_model.safetensors\"]},\"tensors\":\"load0\"}]");
        wrong.put(
                "format in a folder",
                "flat-ddpm-both case.json loads [{\"picks\":{\"unet\":[\"diffusion_pytorch_model.bin\"]},\"tensors\":\"load2\"}]");
        wrong.put(
                "a folder that is read",
                "flat-ddpm-both case.json loads [{\"raises\":\"OSError\",\"message\":\"none\"}]");
        wrong.put("id of a token", "tokenizer vocab.json Î 49999");
        wrong.put("place of weights", "pickle-zip-model-ema case.json state_dict \"ema\"");
        wrong.put("number of weights", "pickle-zip-views case.json state_dict_keys 21");
        wrong.put("further weights", "pickle-zip-model-ema case.json other_state_dicts []");
        wrong.put("plain value", "pickle-legacy-lightning case.json plain/global_step 123457");
        wrong.put("plain value's type", "pickle-legacy-lightning case.json plain/epoch 7.0");
        wrong.put("value that isn't there", "pickle-legacy-protocol4 case.json plain/step null");
        wrong.put("object that is read", "pickle-zip-lightning case.json unknown []");
        wrong.put("shared weights", "pickle-legacy-views case.json shared_storage []");
        wrong.put("format of a torch file", "pickle-legacy-dtypes case.json format \"zip\"");
        wrong.put("hostile file that is read", "pickle-hostile case.json files/control-good.pt/expected [\"refused\"]");
        wrong.put("hostile file that is refused", "pickle-hostile case.json files/random.pt/expected [\"loads\"]");
        return wrong;
    }

    private Stream<DynamicTest> wrongSettings(Map<String, String> wrong) {
        return wrong.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    String[] words = one.getValue().split(" ");
                    Path copy = copy(words[0]);
                    edit(copy.resolve(words[1]), words[2], JSON.readTree(words[3]));
                    assertFails(copy);
                }));
    }

    @TestFactory
    Stream<DynamicTest> aWrongTensorOfEachKindOfCaseFails() {
        return wrongTensors(ofEachKind(tensors(), Map.Entry::getKey));
    }

    @Tag("slow")
    @TestFactory
    Stream<DynamicTest> oneWrongTensorFails() {
        return wrongTensors(tensors());
    }

    private static Map<String, Consumer<Map<String, INDArray>>> tensors() {
        Map<String, Consumer<Map<String, INDArray>>> wrong = new LinkedHashMap<>();
        wrong.put("ops/film", tensors -> swap(tensors, "in.gamma", "in.beta"));
        wrong.put(
                "ops/cross_attention--nobias", tensors -> tensors.get("output").muli(1.001));
        wrong.put("ops/conv2d--k3s1p1", tensors -> tensors.get("grad.param.weight")
                .muli(1.001));
        wrong.put("unet2d-class-embed", tensors -> tensors.get("class_labels").addi(1));
        wrong.put("unet2d-plain", tensors -> tensors.get("grad.conv_in.weight").addi(0.01));
        wrong.put("unet2dcond-controlnet-residuals", tensors -> swap(tensors, "down_residual.1", "down_residual.2"));
        wrong.put("unet2dcond-k-blocks", tensors -> tensors.get("timestep_cond").addi(0.1));
        wrong.put("unet2dcond-image-embeds", tensors -> tensors.get("inter.up_blocks.0")
                .muli(1.001));
        wrong.put("unet2dcond-time-cond", tensors -> tensors.get("grad.time_embedding.cond_proj.weight")
                .muli(1.01));
        wrong.put("controlnet-tiny", tensors -> tensors.get("controlnet_cond").addi(0.1));
        wrong.put("guided-adm emb", tensors -> tensors.get("emb").addi(1e-3));
        wrong.put("guided-adm y", tensors -> tensors.get("y").rsubi(9));
        wrong.put("guided-classifier-attention output", tensors -> tensors.get("output")
                .addi(1e-3));
        for (String name :
                List.of("ddpm.3.variance", "ddim.4.sample", "guided_ddim.pred_xstart", "guided_ddpm.gradient")) {
            wrong.put("guided-diffusion-process " + name, tensors -> tensors.get(name)
                    .addi(1e-3));
        }
        wrong.put("sched-ddpm-default", tensors -> tensors.get("step_noise").negi());
        wrong.put("noise-torch", tensors -> tensors.get("seed42.draw4").addi(1e-3));
        wrong.put("flat-ddpm-both", tensors -> tensors.get("load2/unet/conv_in.bias")
                .muli(1.0001));
        wrong.put("pipeline-ddpm-tiny", tensors -> tensors.get("ddim.samples").muli(1.01));
        for (String name : List.of("moments", "std", "kl", "inter.decoder.mid_block", "tile.decoded", "tile.moments")) {
            wrong.put("vae-sd " + name, tensors -> tensors.get(name).muli(1.0001));
        }
        for (String name : List.of("logvar", "latent_sample", "scaled_latent", "tile.z", "noise")) {
            wrong.put("vae-sd " + name, tensors -> tensors.get(name).addi(1e-4));
        }
        wrong.put("lora-base-sd1 output", tensors -> tensors.get("output").addi(1e-3));
        String layer = "unet/down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_k.weight";
        wrong.put("lora-kohya-sd1 merged", tensors -> tensors.get("scale1/" + layer)
                .addi(1e-4));
        wrong.put("lora-kohya-sd1 missing", tensors -> tensors.remove("scale1/" + layer));
        wrong.put("lora-lycoris-loha scale0.6.output", tensors -> tensors.get("scale0.6.output")
                .addi(1e-3));
        wrong.put("vae-tiny z", tensors -> tensors.get("z").muli(1.001));
        wrong.put("vae-tiny latents", tensors -> tensors.get("latents").addi(1e-4));
        wrong.put(
                "clip-text-attention-mask mask",
                tensors -> tensors.put("attention_mask", Nd4j.ones(DataType.INT64, 2, 12)));
        for (String name : List.of("hidden_states.2", "text_embeds", "penultimate_final_layer_norm", "pool_position")) {
            wrong.put("clip-text-attention-mask " + name, tensors -> tensors.get(name)
                    .addi(name.startsWith("pool") ? 1 : 1e-4));
        }
        wrong.put("pipeline-sd-tiny inpaint.ddim.latents.2", tensors -> tensors.get("inpaint.ddim.latents.2")
                .muli(1.01));
        wrong.put("pipeline-sd-tiny mask_image", tensors -> tensors.get("mask_image")
                .rsubi(1));
        wrong.put("pipeline-sdxl-tiny prompt_ids_2", tensors -> tensors.get("prompt_ids_2")
                .addi(1));
        wrong.put("pipeline-sdxl-tiny img2img.euler.draw.1", tensors -> tensors.get("img2img.euler.draw.1")
                .addi(1e-4));
        List<String> training = List.of(
                "clipped_grad0.conv_in.weight",
                "clipped_grad1.mid_block.attentions.0.to_q.weight",
                "after_warmup.conv_out.bias",
                "final.time_embedding.linear_1.weight",
                "final.mid_block.attentions.0.to_k.bias",
                "ema.conv_norm_out.weight");
        for (String name : training) {
            wrong.put("training-adamw " + name, tensors -> tensors.get(name)
                    .addi(name.contains("to_k.bias") ? 0.05 : 1e-4));
        }
        for (String name : List.of("losses", "grad_norms", "learning_rates", "ema_decays", "loss_weights_first")) {
            wrong.put("training-min-snr-eps " + name, tensors -> scaleMiddle(tensors.get(name)));
        }
        for (String name : List.of("noise", "x0", "noisy_first")) {
            wrong.put("training-min-snr-v " + name, tensors -> tensors.get(name).negi());
        }
        wrong.put("training-min-snr-v labels", tensors -> tensors.get("labels").rsubi(3));
        wrong.put("training-min-snr-v final.conv_in.bias", tensors -> tensors.remove("final.conv_in.bias"));
        wrong.put("lr-schedules polynomial", tensors -> scaleMiddle(tensors.get("polynomial")));
        wrong.put("lr-schedules ema.no_warmup", tensors -> scaleMiddle(tensors.get("ema.no_warmup")));
        return wrong;
    }

    private Stream<DynamicTest> wrongTensors(Map<String, Consumer<Map<String, INDArray>>> wrong) {
        return wrong.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    Path copy = copy(one.getKey().split(" ")[0]);
                    Path file = copy.resolve("case.safetensors");
                    Map<String, INDArray> tensors = read(file);
                    one.getValue().accept(tensors);
                    SafetensorsWriter.writeArrays(file, tensors);
                    assertFails(copy);
                }));
    }

    /** Their tensors are of types that aren't arrays, so they are spoiled as bytes. */
    @TestFactory
    Stream<DynamicTest> oneWrongBitOfATorchFileFails() {
        return Stream.of("pickle-zip-dtypes", "pickle-zip-newer-dtypes", "pickle-legacy-views", "pickle-hostile")
                .map(name -> DynamicTest.dynamicTest(name, () -> {
                    Path copy = copy(name);
                    Path file = copy.resolve("case.safetensors");
                    byte[] bytes = Files.readAllBytes(file);
                    bytes[bytes.length - 1] ^= 1;
                    Files.write(file, bytes);
                    assertFails(copy);
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatIsUnknownIsRefusedByName() {
        Map<String, String> unknown = new LinkedHashMap<>();
        unknown.put("op", "ops/relu op \"hardswish\" hardswish");
        unknown.put("option", "ops/relu options/inplace true inplace");
        unknown.put("dilation", "ops/conv2d--k3s1p1 options/dilation 2 dilation");
        unknown.put("two paddings", "ops/conv2d--k3s1p1 options/padding [1,0] padding");
        unknown.put("pool", "ops/max_pool options/kernel_size 3 kernel_size");
        unknown.put("unscaled attention", "ops/self_attention--heads4 options/scale_qk false scale_qk");
        unknown.put("activation", "ops/resnet_block--default options/non_linearity \"elu\" elu");
        unknown.put("number as text", "ops/group_norm--3d options/num_groups \"4\" num_groups");
        unknown.put("time embedding", "ops/resnet_block--default options/time_embedding_norm \"spatial\" spatial");
        unknown.put("scheduler's argument", "sched-ddim-default set_timesteps/sigmas [1] sigmas");
        unknown.put("step's argument", "sched-ddim-default step_kwargs/s_churn 0.5 s_churn");
        unknown.put("optimiser", "training-adamw settings/optimizer \"SGD\" SGD");
        unknown.put("setting of training", "training-adamw settings/noise_offset 0.1 noise_offset");
        unknown.put("setting of an average", "training-adamw settings/ema/foreach true foreach");
        unknown.put("average that nothing keeps", "training-adamw settings/ema null ema");
        unknown.put(
                "parameters of a step that isn't taken", "training-min-snr-eps settings/warmup_steps 8 after_warmup");
        unknown.put("tolerance of training", "training-adamw tolerance/momentum_atol 1 momentum_atol");
        unknown.put("learning rate's schedule", "lr-schedules options/inverse_sqrt {} inverse_sqrt");
        unknown.put("schedule's argument", "lr-schedules options/cosine/num_cycles 2 num_cycles");
        unknown.put(
                "argument of a pipeline",
                "pipeline-lcm-tiny runs/img2img/call/ip_adapter_image \"a.png\" ip_adapter_image");
        unknown.put("channels", "ops/resnet_block--shortcut options/use_in_shortcut false use_in_shortcut");
        return refusals(unknown);
    }

    @TestFactory
    Stream<DynamicTest> whatCannotBeIsRefusedByName() {
        Map<String, String> wrong = new LinkedHashMap<>();
        wrong.put("steps in words", "sched-ddim-default set_timesteps/num_inference_steps \"ten\" num_inference_steps");
        wrong.put("no steps", "sched-ddim-default set_timesteps/num_inference_steps 0 num_inference_steps");
        wrong.put("too many steps", "pipeline-ddpm-tiny num_inference_steps 2147483647 num_inference_steps");
        wrong.put("no timesteps", "sched-ddpm-custom-timesteps set_timesteps/timesteps [] timesteps");
        wrong.put("timesteps in words", "sched-ddpm-custom-timesteps set_timesteps/timesteps [\"a\"] timesteps");
        wrong.put("eta in words", "sched-ddim-eta-0.5 step_kwargs/eta \"half\" eta");
        wrong.put("tolerance in words", "ops/relu tolerance/atol \"little\" atol");
        wrong.put("no tolerance of gradients", "unet2d-plain tolerance/grad_atol null grad_atol");
        wrong.put("draw without a tensor", "noise-torch draws [{}] tensor");
        wrong.put(
                "draw of any size",
                "noise-torch draws [{\"tensor\":\"seed42.draw4\",\"seed\":42,\"shape\":[2147483647,2147483647]}] shape");
        wrong.put("negative steps of training", "training-adamw settings/steps -4 steps");
        wrong.put("seed in words", "pictures-ddim20 seed \"first\" seed");
        return refusals(wrong);
    }

    /** Each a case, a key, a value, and what the message must name. */
    private Stream<DynamicTest> refusals(Map<String, String> wrong) {
        return wrong.entrySet().stream()
                .map(one -> DynamicTest.dynamicTest(one.getKey(), () -> {
                    String[] words = one.getValue().split(" ");
                    Path copy = copy(words[0]);
                    edit(copy.resolve("case.json"), words[1], JSON.readTree(words[2]));
                    assertRefused(copy, words[3]);
                }));
    }

    /** It would be computed before it is compared. */
    @Test
    void outputOfAnotherShapeIsNotComputed() throws IOException {
        Path copy = copy("ops/upsample_nearest");
        edit(copy.resolve("case.json"), "options/scale_factor", JSON.readTree("10000"));
        assertFails(copy);
    }

    @Test
    void tensorWithoutUseIsRefusedByName() throws IOException {
        Path copy = copy("ops/cross_attention--bias");
        Path file = copy.resolve("case.safetensors");
        Map<String, INDArray> tensors = read(file);
        tensors.put("in.attention_mask", Nd4j.zeros(2, 5));
        SafetensorsWriter.writeArrays(file, tensors);
        assertRefused(copy, "in.attention_mask");
    }

    @Test
    void tensorOfTrainingWithoutUseIsRefusedByName() throws IOException {
        Path copy = copy("training-min-snr-eps");
        Path file = copy.resolve("case.safetensors");
        Map<String, INDArray> tensors = read(file);
        tensors.put("exp_avg.conv_in.bias", Nd4j.zeros(8));
        SafetensorsWriter.writeArrays(file, tensors);
        assertRefused(copy, "exp_avg.conv_in.bias");
    }

    private static void assertRefused(Path copy, String name) {
        Diffusion4jException refusal = assertThrows(Diffusion4jException.class, () -> Verifier.verify(copy, ENGINES));
        assertTrue(refusal.getMessage().contains(name), refusal.getMessage());
    }

    @Test
    void aSingleFileWithOneWrongBitFails() throws IOException {
        Path copy = copy("singlefile-sd2");
        Path file = copy.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        int header = Math.toIntExact(
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong());
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            long begin = reader.entry("model.diffusion_model.out.2.bias").begin();
            bytes[Math.toIntExact(Long.BYTES + header + begin)] ^= 1;
        }
        Files.write(file, bytes);
        assertFails(copy);
    }

    @Test
    void otherKindsAreNotKnown() throws IOException {
        Path copy = copy("ops/relu");
        edit(copy.resolve("case.json"), "kind", JSON.readTree("\"sentencepiece\""));
        assertFalse(Verifier.knows(copy));
        assertEquals(List.of(copy), Verifier.cases(folder));
    }

    private static Map<String, INDArray> read(Path file) {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        try (SafetensorsReader reader = SafetensorsReader.open(file)) {
            for (String name : reader.names()) {
                tensors.put(
                        name,
                        reader.entry(name).type().isFloat()
                                ? reader.read(name).dup()
                                : reader.readLong(name).dup());
            }
        }
        return tensors;
    }

    private static void assertFails(Path copy) {
        boolean ok;
        try {
            ok = Verifier.verify(copy, ENGINES).stream().allMatch(Comparison::ok);
        } catch (Diffusion4jException e) {
            ok = false;
        }
        assertFalse(ok, "a spoiled case agrees");
    }

    private static void scaleMiddle(INDArray vector) {
        vector.putScalar(vector.length() / 2, vector.getDouble(vector.length() / 2) * 1.001);
    }

    private static void swap(Map<String, INDArray> tensors, String a, String b) {
        INDArray first = tensors.get(a);
        tensors.put(a, tensors.get(b));
        tensors.put(b, first);
    }

    private static void edit(Path file, String keys, JsonNode value) throws IOException {
        ObjectNode root = (ObjectNode) JSON.readTree(file.toFile());
        ObjectNode node = root;
        String[] path = keys.split("/");
        for (int i = 0; i < path.length - 1; i++) {
            node = (ObjectNode) node.get(path[i]);
        }
        node.set(path[path.length - 1], value);
        JSON.writeValue(file.toFile(), root);
    }

    private Path copy(String name) throws IOException {
        Path source = ReferenceCasesTest.GOLDENS.resolve(name);
        Path target = Files.createTempDirectory(folder, "case").resolve(name);
        JsonNode settings = JSON.readTree(source.resolve("case.json").toFile());
        for (String key : List.of("base", "model_case", "classifier_case")) { // cases whose networks this one uses
            JsonNode other = settings.path(key);
            if (other.isTextual()) {
                copy(ReferenceCasesTest.GOLDENS.resolve(other.textValue()), target.resolveSibling(other.textValue()));
            }
        }
        copy(source, target);
        return target;
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> paths = Files.walk(source)) {
            for (Path path : paths.toList()) {
                Path to = target.resolve(source.relativize(path));
                if (Files.isDirectory(path)) {
                    Files.createDirectories(to);
                } else {
                    Files.copy(path, to);
                }
            }
        }
    }
}
