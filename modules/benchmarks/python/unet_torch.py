"""The same U-Net in plain torch, diffusers' parameter names: what time_peers.py times."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class Resnet(nn.Module):
    def __init__(self, cin, cout, temb, groups, eps):
        super().__init__()
        self.norm1 = nn.GroupNorm(groups, cin, eps=eps)
        self.conv1 = nn.Conv2d(cin, cout, 3, padding=1)
        self.time_emb_proj = nn.Linear(temb, cout)
        self.norm2 = nn.GroupNorm(groups, cout, eps=eps)
        self.conv2 = nn.Conv2d(cout, cout, 3, padding=1)
        self.conv_shortcut = nn.Conv2d(cin, cout, 1) if cin != cout else None

    def forward(self, x, temb):
        h = self.conv1(F.silu(self.norm1(x))) + self.time_emb_proj(F.silu(temb))[:, :, None, None]
        h = self.conv2(F.silu(self.norm2(h)))
        return (x if self.conv_shortcut is None else self.conv_shortcut(x)) + h


class Attention(nn.Module):
    def __init__(self, ch, head_dim, groups, eps):
        super().__init__()
        self.heads = ch // (head_dim or ch)
        self.group_norm = nn.GroupNorm(groups, ch, eps=eps)
        self.to_q, self.to_k, self.to_v = nn.Linear(ch, ch), nn.Linear(ch, ch), nn.Linear(ch, ch)
        self.to_out = nn.ModuleList([nn.Linear(ch, ch), nn.Dropout(0.0)])

    def forward(self, x):
        n, c, h, w = x.shape
        y = self.group_norm(x).flatten(2).transpose(1, 2)
        q, k, v = (f(y).view(n, h * w, self.heads, -1).transpose(1, 2) for f in (self.to_q, self.to_k, self.to_v))
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, h * w, c)
        return x + self.to_out[0](y).transpose(1, 2).reshape(n, c, h, w)


class Resample(nn.Module):
    def __init__(self, ch, down, padding=1):
        super().__init__()
        self.down, self.padding = down, padding
        self.conv = nn.Conv2d(ch, ch, 3, stride=2 if down else 1, padding=padding if down else 1)

    def forward(self, x):
        if not self.down:
            return self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))
        return self.conv(x if self.padding else F.pad(x, (0, 1, 0, 1)))


class Block(nn.Module):
    def __init__(self, widths_in, width, temb, groups, eps, attention, head_dim, resample=None):
        super().__init__()
        self.resnets = nn.ModuleList([Resnet(i, width, temb, groups, eps) for i in widths_in])
        self.attentions = nn.ModuleList([Attention(width, head_dim, groups, eps) for _ in widths_in]) if attention else None
        if resample is not None:
            setattr(self, "downsamplers" if resample.down else "upsamplers", nn.ModuleList([resample]))


class TimeEmbedding(nn.Module):
    def __init__(self, width, dim):
        super().__init__()
        self.linear_1, self.linear_2 = nn.Linear(width, dim), nn.Linear(dim, dim)

    def forward(self, x):
        return self.linear_2(F.silu(self.linear_1(x)))


class Mid(nn.Module):
    def __init__(self, ch, temb, groups, eps, head_dim):
        super().__init__()
        self.attentions = nn.ModuleList([Attention(ch, head_dim, groups, eps)])
        self.resnets = nn.ModuleList([Resnet(ch, ch, temb, groups, eps) for _ in range(2)])


class UNet(nn.Module):
    def __init__(self, cfg):
        super().__init__()
        self.cfg = cfg
        widths, layers, last = cfg["block_out_channels"], cfg["layers_per_block"], len(cfg["block_out_channels"]) - 1
        groups, eps, head_dim, temb = cfg["norm_num_groups"], cfg["norm_eps"], cfg["attention_head_dim"], widths[0] * 4
        self.conv_in = nn.Conv2d(cfg["in_channels"], widths[0], 3, padding=1)
        self.time_embedding = TimeEmbedding(widths[0], temb)
        self.class_embedding = nn.Embedding(cfg["num_class_embeds"], temb) if cfg.get("num_class_embeds") else None
        self.down_blocks, self.up_blocks, out = nn.ModuleList(), nn.ModuleList(), widths[0]
        for i, kind in enumerate(cfg["down_block_types"]):
            cin, out = out, widths[i]
            self.down_blocks.append(Block([cin] + [out] * (layers - 1), out, temb, groups, eps, kind.startswith("Attn"), head_dim,
                                          Resample(out, True, cfg["downsample_padding"]) if i < last else None))
        self.mid_block = Mid(out, temb, groups, eps, head_dim)
        rev = widths[::-1]
        for i, kind in enumerate(cfg["up_block_types"]):
            prev, out = out, rev[i]
            skip_last = rev[min(i + 1, last)]
            widths_in = [(prev if j == 0 else out) + (skip_last if j == layers else out) for j in range(layers + 1)]
            self.up_blocks.append(Block(widths_in, out, temb, groups, eps, kind.startswith("Attn"), head_dim,
                                        Resample(out, False) if i < last else None))
        self.conv_norm_out = nn.GroupNorm(groups, widths[0], eps=eps)
        self.conv_out = nn.Conv2d(widths[0], cfg["out_channels"], 3, padding=1)

    def embed(self, t):
        half = self.cfg["block_out_channels"][0] // 2
        f = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32) / (half - self.cfg["freq_shift"]))
        a = t.float()[:, None] * f
        return torch.cat([a.cos(), a.sin()] if self.cfg["flip_sin_to_cos"] else [a.sin(), a.cos()], 1)

    def forward(self, x, t, labels=None):
        emb = self.time_embedding(self.embed(t))
        if labels is not None:
            emb = emb + self.class_embedding(labels)
        h = self.conv_in(x)
        skips = [h]
        for block in self.down_blocks:
            for j, resnet in enumerate(block.resnets):
                h = resnet(h, emb)
                h = h if block.attentions is None else block.attentions[j](h)
                skips.append(h)
            for down in getattr(block, "downsamplers", []):
                h = down(h)
                skips.append(h)
        h = self.mid_block.resnets[1](self.mid_block.attentions[0](self.mid_block.resnets[0](h, emb)), emb)
        for block in self.up_blocks:
            for j, resnet in enumerate(block.resnets):
                h = resnet(torch.cat([h, skips.pop()], 1), emb)
                h = h if block.attentions is None else block.attentions[j](h)
            for up in getattr(block, "upsamplers", []):
                h = up(h)
        return self.conv_out(F.silu(self.conv_norm_out(h)))
