// Spectra of waveforms and the network's features of them for the CPU, frame by frame while a frame is in the cache.
// No gradients: nothing before them is learned. Called from stft.py and model.py, which have the same in PyTorch.
#include "tensors.h"
#include <ATen/Parallel.h>
#include <torch/library.h>
#include <cmath>
#include <cstring>

// wave [rows, samples], window [size], gain [rows, size / 2 + 1] or none -> planes [frames, rows, 2, size / 2 + 1]
at::Tensor planes(const at::Tensor& wave, const at::Tensor& window, int64_t hop, const std::optional<at::Tensor>& gain) {
  constexpr int64_t GROUP = 4;  // frames per call of the FFT: its output then fits a core's cache
  const int64_t rows = wave.size(0), samples = wave.size(1), size = window.size(0), T = samples / hop, F = size / 2 + 1;
  auto out = at::empty({T, rows, 2, F}, wave.options());
  const float *px = wave.data_ptr<float>(), *pw = window.data_ptr<float>(), *pg = gain ? gain->data_ptr<float>() : nullptr;
  float* po = out.data_ptr<float>();
  at::parallel_for(0, (T + GROUP - 1) / GROUP, 1, [&](int64_t first, int64_t last) {
    at::NoGradGuard no_grad;
    auto frames = at::empty({GROUP, rows, size}, wave.options());
    for (int64_t group = first; group < last; ++group) {
      const int64_t start = group * GROUP, count = std::min(GROUP, T - start);
      for (int64_t t = start; t < start + count; ++t)
        for (int64_t row = 0; row < rows; ++row) {
          float* to = frames.data_ptr<float>() + ((t - start) * rows + row) * size;
          const int64_t at = (t + 1) * hop - size, silent = std::min(size, std::max<int64_t>(0, -at));  // zeros before the start
          const float* from = px + row * samples + at;
          std::fill(to, to + silent, 0.0f);
#pragma omp simd
          for (int64_t i = silent; i < size; ++i) to[i] = from[i] * pw[i];
        }
      const auto spectra = at::fft_rfft(frames.narrow(0, 0, count));
      const float* spectrum = reinterpret_cast<const float*>(spectra.const_data_ptr<c10::complex<float>>());
      for (int64_t t = start; t < start + count; ++t)
        for (int64_t row = 0; row < rows; ++row, spectrum += 2 * F) {
          float *re = po + (t * rows + row) * 2 * F, *im = re + F;
          const float* g = pg ? pg + row * F : nullptr;
          if (g) {
#pragma omp simd
            for (int64_t f = 0; f < F; ++f) re[f] = spectrum[2 * f] * g[f], im[f] = spectrum[2 * f + 1] * g[f];
          } else {
#pragma omp simd
            for (int64_t f = 0; f < F; ++f) re[f] = spectrum[2 * f], im[f] = spectrum[2 * f + 1];
          }
        }
    }
  });
  return out;
}

// spectrum [rows, 2, 2, bins + 1], counts and widths of the groups of bands -> of each group [rows, count, 8, width]
std::vector<at::Tensor> features(const at::Tensor& spectrum, at::IntArrayRef counts, at::IntArrayRef widths, double scale, double log_scale, double log_shift) {
  const int64_t rows = spectrum.size(0), F = spectrum.size(3), bins = F - 1;
  std::vector<at::Tensor> parts;
  for (size_t k = 0; k < counts.size(); ++k) parts.push_back(at::empty({rows, counts[k], 8, widths[k]}, spectrum.options()));
  const float* px = spectrum.data_ptr<float>();
  const float gain = scale, slope = log_scale, shift = log_shift;
  at::parallel_for(0, rows, 16, [&](int64_t first, int64_t last) {
    std::vector<float> buffer(8 * bins);
    float* v = buffer.data();
    for (int64_t row = first; row < last; ++row) {
      const float *lr = px + row * 4 * F, *li = lr + F, *rr = li + F, *ri = rr + F;
#pragma omp simd
      for (int64_t f = 0; f < bins; ++f) {
        const float a = lr[f] * gain, b = li[f] * gain, c = rr[f] * gain, d = ri[f] * gain;
        const float left = a * a + b * b, right = c * c + d * d;
        const float l = left + 1e-8f, r = right + 1e-8f;
        v[f] = std::log(l) * slope + shift, v[bins + f] = std::log(r) * slope + shift;
        const float mr = a + c, mi = b + d, sr = a - c, si = b - d;
        v[2 * bins + f] = std::log(0.25f * (mr * mr + mi * mi) + 1e-8f) * slope + shift;
        v[3 * bins + f] = std::log(0.25f * (sr * sr + si * si) + 1e-8f) * slope + shift;
        const float x = 1.0f / std::sqrt(std::sqrt(l)), y = 1.0f / std::sqrt(std::sqrt(r));
        v[4 * bins + f] = a * x, v[5 * bins + f] = b * x, v[6 * bins + f] = c * y, v[7 * bins + f] = d * y;
      }
      int64_t low = 0;
      for (size_t k = 0; k < counts.size(); ++k) {
        const int64_t width = widths[k];
        float* to = parts[k].data_ptr<float>() + row * counts[k] * 8 * width;
        for (int64_t band = 0; band < counts[k]; ++band, low += width)
          for (int64_t j = 0; j < 8; ++j, to += width) std::memcpy(to, v + j * bins + low, width * sizeof(float));
      }
    }
  });
  return parts;
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("planes", &planes);
  m.def("features", &features);
}
