package org.diffusion4j.verify;

import java.nio.file.*;
import java.util.*;

public class Scratch {
    public static void main(String[] a) throws Exception {
        for (String f : a) {
            try {
                ReferenceCase c = ReferenceCase.read(Path.of(f));
                if (!c.kind().equals("op")) continue;
                List<Comparison> r = OpCase.verify(c);
                boolean ok = r.stream().allMatch(Comparison::ok);
                System.out.println((ok ? "ok   " : "FAIL ")
                        + f
                        + (ok ? "" : " " + r.stream().filter(x -> !x.ok()).toList()));
            } catch (Throwable e) {
                System.out.println("ERR  " + f + " " + e);
                if (a.length == 1) e.printStackTrace();
            }
        }
        System.exit(0);
    }
}
