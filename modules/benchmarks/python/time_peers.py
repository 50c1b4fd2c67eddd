"""Times PyTorch on the three networks: forward and AdamW step, medians, one JSON line each.

usage: time_peers.py [--threads 2] [--repeat 15] [--net small|cifar|celebahq] [--batch N] [--compile] [--bf16]
The step is forward, MSE, backward, global-norm clip at 1, AdamW (fused where torch has it), EMA of all parameters.
"""
import argparse, json, pathlib, resource, statistics, time

import torch
import torch.nn.functional as F

from unet_torch import UNet

CONFIGS = pathlib.Path(__file__).resolve().parent.parent / "src/main/resources/org/diffusion4j/benchmarks"

p = argparse.ArgumentParser()
p.add_argument("--threads", type=int, default=2)
p.add_argument("--repeat", type=int, default=15)
p.add_argument("--net", choices=["small", "cifar", "celebahq"])
p.add_argument("--only", help="forward or step")
p.add_argument("--batch", type=int)
p.add_argument("--layout", choices=["nchw", "nhwc"])
p.add_argument("--compile", action="store_true")
p.add_argument("--bf16", action="store_true", help="forward under autocast to bfloat16")
a = p.parse_args()
torch.set_num_threads(a.threads)


def median_ms(run, repeat, seconds=20.0):
    for _ in range(3):
        run()
    times, end = [], time.perf_counter() + seconds
    while len(times) < repeat or (len(times) < 5 and time.perf_counter() < end):
        t = time.perf_counter()
        run()
        times.append((time.perf_counter() - t) * 1e3)
        if time.perf_counter() > end and len(times) >= 5:
            break
    return round(statistics.median(times), 3)


for net, batches in (("small", (1, 16)), ("cifar", (1, 8)), ("celebahq", (1,))):
    if a.net not in (None, net):
        continue
    cfg = json.loads((CONFIGS / net / "config.json").read_text())
    for layout in ("nchw", "nhwc"):
        if a.layout not in (None, layout):
            continue
        torch.manual_seed(0)
        model = UNet(cfg)
        form = torch.channels_last if layout == "nhwc" else torch.contiguous_format
        model = model.to(memory_format=form)
        ema = [q.detach().clone() for q in model.parameters()]
        opt = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=1e-2, fused=True)
        f = torch.compile(model) if a.compile else model
        for n in batches:
            if a.batch not in (None, n):
                continue
            x = torch.randn(n, cfg["in_channels"], cfg["sample_size"], cfg["sample_size"]).to(memory_format=form)
            t = torch.randint(0, 1000, (n,))
            noise = torch.randn_like(x)
            line = {"net": net, "batch": n, "layout": layout, "torch": torch.__version__, "compile": a.compile, "bf16": a.bf16, "threads": a.threads}
            if a.only != "step":
                with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
                    line["forward_ms"] = median_ms(lambda: f(x, t), a.repeat)
            if a.only == "step" or a.only is None and n == batches[-1]:
                def step():
                    opt.zero_grad(set_to_none=True)
                    F.mse_loss(f(x, t), noise).backward()
                    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                    opt.step()
                    torch._foreach_lerp_(ema, [q.detach() for q in model.parameters()], 1e-3)
                line["step_ms"] = median_ms(step, a.repeat)
            line["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(json.dumps(line), flush=True)
