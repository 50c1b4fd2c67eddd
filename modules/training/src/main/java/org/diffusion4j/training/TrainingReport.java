package org.diffusion4j.training;
import java.nio.file.Path;
final class TrainingReport { private TrainingReport() {} static void write(Path folder) {} }
