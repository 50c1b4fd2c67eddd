package org.diffusion4j.training;
import java.nio.file.Path;
final class TensorBoardLog implements TrainingListener, AutoCloseable { TensorBoardLog(Path folder) {} @Override public void close() {} }
