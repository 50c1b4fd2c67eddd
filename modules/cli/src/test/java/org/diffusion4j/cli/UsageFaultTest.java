package org.diffusion4j.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A mistyped command line gets one line, which names what was meant. */
class UsageFaultTest {
    private static final String SAMPLERS =
            "ddpm, ddim, euler, euler-ancestral, heun, lms, kdpm2, kdpm2-ancestral, pndm,"
                    + " ipndm, lcm, tcd, consistency-model, edm-euler, dpm-solver-multistep, dpm-solver-singlestep, deis, unipc or"
                    + " edm-dpm-solver-multistep";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sampel --model x | Unknown command sampel: did you mean sample? (see diffusion4j --help)",
                "trian | Unknown command trian: did you mean train? (see diffusion4j --help)",
                "eval --model x | Unknown command eval: did you mean evaluate? (see diffusion4j --help)",
                "help | Unknown command help: did you mean --help? (see diffusion4j --help)",
                "--train | Unknown option --train: did you mean train? (see diffusion4j --help)",
                "--hlep | Unknown option --hlep: did you mean --help? (see diffusion4j --help)",
                "sample --setps 10 --model m --out x.png"
                        + " | Unknown option --setps of sample: did you mean --steps? (see diffusion4j sample --help)",
                "sample --modle ddpm-mnist --out x.png"
                        + " | Unknown option --modle of sample: did you mean --model? (see diffusion4j sample --help)",
                "sample --guidence=2 --model m --out x.png"
                        + " | Unknown option --guidence of sample: did you mean --guidance? (see diffusion4j sample --help)",
                "sample --num-steps 3 --model m --out x.png"
                        + " | Unknown option --num-steps of sample: did you mean --steps? (see diffusion4j sample --help)",
                "sample --noclippedepsilon --model m --out x.png"
                        + " | Unknown option --noclippedepsilon of sample: did you mean --no-clipped-epsilon? (see diffusion4j"
                        + " sample --help)",
                "sample -o x.png --model m"
                        + " | Unknown option -o of sample: did you mean --out? (see diffusion4j sample --help)",
                "sample steps 5 --model m --out x.png"
                        + " | Unexpected argument 'steps' of sample: did you mean --steps? (see diffusion4j sample --help)",
                "sample --layers 3 --model m --out x.png"
                        + " | Unknown option --layers of sample: it is one of train (see diffusion4j sample --help)",
                "--layers 3"
                        + " | Unknown option --layers without a command: expected it behind train (see diffusion4j --help)",
                "sample --frobnicate --model m --out x.png"
                        + " | Unknown option --frobnicate of sample (see diffusion4j sample --help)",
                "train --dta x --out y | Unknown option --dta of train: did you mean --data? (see diffusion4j train --help)",
                "train --batch_size 4 --data x --out y"
                        + " | Unknown option --batch_size of train: did you mean --batch? (see diffusion4j train --help)",
                "train --lr 4 --data x --out y"
                        + " | Unknown option --lr of train: did you mean --lora-rank or --learning-rate? (see diffusion4j train --help)",
                "train --data my pictures --out y"
                        + " | Unexpected argument 'pictures' of train; a name with spaces must be quoted (see diffusion4j"
                        + " train --help)",
                "info --model ddpm-mnist"
                        + " | Unknown option --model of info: it takes MODEL without such a name (see diffusion4j info --help)",
                "verify --engin onednn x"
                        + " | Unknown option --engin of verify: did you mean --engine? (see diffusion4j verify --help)",
                "sample --model m --out x.png --sampler dimm"
                        + " | --sampler: expected " + SAMPLERS
                        + ", found 'dimm'; did you mean ddim? (see diffusion4j sample --help)",
                "sample --model m --out x.png --sampler runge-kutta"
                        + " | --sampler: expected " + SAMPLERS
                        + ", found 'runge-kutta' (see diffusion4j sample --help)",
                "sample --model m --out x.png --schedule karas"
                        + " | --schedule: expected karras, exponential, beta or lu-lambdas, found 'karas'; did you mean karras?"
                        + " (see diffusion4j sample --help)",
                "train --data x --out y --weighting min-snr"
                        + " | --weighting: expected simple, snr or min_snr, found 'min-snr'; did you mean min_snr? (see"
                        + " diffusion4j train --help)",
                "sample --model m --out x.png --engine onednnn | --engine: expected auto, samediff, onednn,"
                        + " onnxruntime:cpu, onnxruntime:cuda, onnxruntime:tensorrt, onnxruntime:coreml or"
                        + " onnxruntime:directml, found 'onednnn'; did you mean onednn? (see diffusion4j sample --help)",
                "train --data x --out y --resume --allow thread"
                        + " | --allow: expected engine, threads, precision, java, data or model, found 'thread'; did you mean"
                        + " threads? (see diffusion4j train --help)",
                "sample --model m --out x.png --steps many"
                        + " | --steps: expected a whole number up to 2147483647, found 'many' (see diffusion4j sample --help)",
                "sample --model m --out x.png --seed 1.5"
                        + " | --seed: expected a whole number, found '1.5' (see diffusion4j sample --help)",
                "sample --model m --out x.png --eta none"
                        + " | --eta: expected a number, found 'none' (see diffusion4j sample --help)",
                "train --data x --out y --size 3y"
                        + " | --size: expected a size such as 32 or 48x32, found '3y' (see diffusion4j train --help)",
                "train --data x --out y --widths 32,a"
                        + " | --widths: expected a whole number up to 2147483647, found 'a' (see diffusion4j train --help)",
                "train --data x --out y --broken -1"
                        + " | --broken: expected a share in [0, 1], found -1.0 (see diffusion4j train --help)",
                "evaluate --data . --model pom.xml --features inception"
                        + " | --features: expected inception:FILE, found 'inception' (see diffusion4j evaluate --help)",
                "evaluate --data . --model pom.xml --held-out test --features inception:w.pth"
                        + " | --held-out: expected no --features beside it, found inception:w.pth (see diffusion4j"
                        + " evaluate --help)",
                "evaluate --data . --model pom.xml | model: expected a folder, a file, one of the zoo (ddpm-mnist, ddpm-mnist-fast, ddpm-cifar10-small, ddpm-cifar10-fast, emoji-32),"
                        + " or hf:owner/name on the hub, found the file 'pom.xml'",
                "info ddpm-mnits | model: expected a folder, a file, one of the zoo (ddpm-mnist, ddpm-mnist-fast, ddpm-cifar10-small, ddpm-cifar10-fast, emoji-32), or hf:owner/name on the hub, found"
                        + " 'ddpm-mnits'; did you mean ddpm-mnist?",
                "info mnist | model: expected a folder, a file, one of the zoo (ddpm-mnist, ddpm-mnist-fast, ddpm-cifar10-small, ddpm-cifar10-fast, emoji-32), or hf:owner/name on the hub, found"
                        + " 'mnist'; did you mean ddpm-mnist or ddpm-mnist-fast?",
            })
    void whatIsMistypedIsGuessed(String command, String expected) {
        Run run = Run.of((Object[]) command.strip().split(" "));
        assertEquals(List.of(expected), run.err());
        assertEquals(2, run.exitCode());
    }
}
