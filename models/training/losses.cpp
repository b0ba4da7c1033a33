// The separation loss and its gradient for the CPU: one pass over the masks forward, one backward, frame by frame, while
// a frame's spectra are in the cache. Called from losses.py only, which has the same in PyTorch.
//
// Axes as there: masks [T, B, taps, S, C, 2, F], mixture [T, B, C, 2, F], stems [T, B, S, C, 2, F], band [B, F];
// S stems, C channels, the 2 are real and imaginary part, F bins. A task is one example's chunk of hops, so that sums do
// not depend on the number of threads.
#include <ATen/Parallel.h>
#include "tensors.h"
#include <torch/library.h>
#include <cmath>

namespace {
constexpr float TINY = 1e-6f;     // added to the power, as in losses.py
constexpr int64_t GROUP = 4;      // frames per call of the FFT: its output then fits a core's cache

struct Shape {
  int64_t T, B, taps, S, C, F, hop, size, chunk, chunks, rows;
  Shape(int64_t T, const at::Tensor& masks, int64_t hop, int64_t chunk)
      : T(T), B(masks.size(1)), taps(masks.size(2)), S(masks.size(3)), C(masks.size(4)), F(masks.size(6)), hop(hop), size(2 * (F - 1)),
        chunk(std::min(chunk, T - 1)), chunks((T - 1) / this->chunk), rows(S * C) {}
  int64_t hops() const { return chunk * chunks; }
  // The frames whose compressed spectra a task counts; its hops also need the frame after them.
  int64_t begin(int64_t k) const { return k * chunk; }
  int64_t end(int64_t k) const { return k + 1 == chunks ? T : (k + 1) * chunk; }
};

// 1 / |x|^(1/2) of a complex value with power p.
inline float inverse_root(float p) { return 1.0f / std::sqrt(std::sqrt(p)); }
inline float sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f; }
}  // namespace

// Energies are means over channels and samples, compressed and scale sums over T, C, 2 and F.
// -> energy [B, S, chunks], level [B, chunks], compressed [B, S], scale [B],
//    wave [B, C * S, hops * hop]: the errors' waveforms, slope [T, B, S, C, 2, F]: of `compressed` by the estimate
std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor> loss_forward(
    const at::Tensor& masks, const at::Tensor& mixture, const at::Tensor& stems, const at::Tensor& band, const at::Tensor& synth, int64_t chunk) {
  const Shape n(masks.size(0), masks, synth.size(0) / 2, chunk);
  const auto options = masks.options();
  auto energy = at::zeros({n.B, n.S, n.chunks}, options), level = at::zeros({n.B, n.chunks}, options);
  auto compressed = at::zeros({n.B, n.chunks, n.S}, options), scale = at::zeros({n.B, n.chunks}, options);
  auto wave = at::empty({n.B, n.rows, n.hops() * n.hop}, options), slope = at::empty({n.T, n.B, n.S, n.C, 2, n.F}, options);
  const float *pm = masks.data_ptr<float>(), *px = mixture.data_ptr<float>(), *ps = stems.data_ptr<float>(), *pk = band.data_ptr<float>(), *pw = synth.data_ptr<float>();
  float *pe = energy.data_ptr<float>(), *pl = level.data_ptr<float>(), *pc = compressed.data_ptr<float>(), *pa = scale.data_ptr<float>(), *pv = wave.data_ptr<float>(),
        *pg = slope.data_ptr<float>();
  at::parallel_for(0, n.B * n.chunks, 1, [&](int64_t first, int64_t last) {
    at::NoGradGuard no_grad;
    const int64_t F = n.F, rows = n.rows + n.C;  // the errors, then the mixture
    auto spectra = at::empty({GROUP, rows, F}, options.dtype(at::kComplexFloat));
    float* spectrum = reinterpret_cast<float*>(spectra.data_ptr<c10::complex<float>>());
    std::vector<float> real(F), imaginary(F), before(rows * n.hop);
    std::vector<double> sums(n.S), energies(n.S);
    for (int64_t task = first; task < last; ++task) {
      const int64_t b = task / n.chunks, k = task % n.chunks;
      const float* known = pk + b * F;
      double mixture_sum = 0, mixture_energy = 0;
      std::fill(sums.begin(), sums.end(), 0), std::fill(energies.begin(), energies.end(), 0);
      const int64_t heard = (k + 1) * n.chunk + 1, stop = std::max(n.end(k), heard);  // frames [begin, heard) make the task's hops
      for (int64_t start = n.begin(k); start < stop; start += GROUP) {
        const int64_t frames = std::min(GROUP, stop - start);
        for (int64_t t = start; t < start + frames; ++t) {
          const bool counts = t < n.end(k);
          float* out = spectrum + (t - start) * rows * F * 2;
          for (int64_t s = 0; s < n.S; ++s)
            for (int64_t c = 0; c < n.C; ++c, out += 2 * F) {
              float *er = real.data(), *ei = imaginary.data();
              std::fill(real.begin(), real.end(), 0.0f), std::fill(imaginary.begin(), imaginary.end(), 0.0f);
              for (int64_t tap = 0; tap < n.taps && tap <= t; ++tap) {
                const float* mr = pm + ((((t * n.B + b) * n.taps + tap) * n.S + s) * n.C + c) * 2 * F;
                const float *mi = mr + F, *xr = px + (((t - tap) * n.B + b) * n.C + c) * 2 * F, *xi = xr + F;
#pragma omp simd
                for (int64_t f = 0; f < F; ++f) er[f] += mr[f] * xr[f] - mi[f] * xi[f], ei[f] += mr[f] * xi[f] + mi[f] * xr[f];
              }
              const float *sr = ps + (((t * n.B + b) * n.S + s) * n.C + c) * 2 * F, *si = sr + F;
#pragma omp simd
              for (int64_t f = 0; f < F; ++f) out[2 * f] = (er[f] - sr[f]) * known[f], out[2 * f + 1] = (ei[f] - si[f]) * known[f];
              if (!counts) continue;
              float *gr = pg + (((t * n.B + b) * n.S + s) * n.C + c) * 2 * F, *gi = gr + F, sum = 0;
#pragma omp simd reduction(+ : sum)
              for (int64_t f = 0; f < F; ++f) {
                const float p = er[f] * er[f] + ei[f] * ei[f] + TINY, q = inverse_root(p), y = inverse_root(sr[f] * sr[f] + si[f] * si[f] + TINY);
                const float dr = (er[f] * q - sr[f] * y) * known[f], di = (ei[f] * q - si[f] * y) * known[f];
                const float ar = sign(dr) * known[f], ai = sign(di) * known[f], along = 0.5f * (ar * er[f] + ai * ei[f]) * (q * q) * (q * q);
                sum += std::abs(dr) + std::abs(di);
                gr[f] = q * (ar - er[f] * along), gi[f] = q * (ai - ei[f] * along);
              }
              sums[s] += sum;
            }
          for (int64_t c = 0; c < n.C; ++c, out += 2 * F) {
            const float *xr = px + ((t * n.B + b) * n.C + c) * 2 * F, *xi = xr + F;
            float sum = 0;
#pragma omp simd reduction(+ : sum)
            for (int64_t f = 0; f < F; ++f) {
              out[2 * f] = xr[f], out[2 * f + 1] = xi[f];
              sum += (std::abs(xr[f]) + std::abs(xi[f])) * inverse_root(xr[f] * xr[f] + xi[f] * xi[f] + TINY) * known[f];
            }
            if (counts) mixture_sum += sum;
          }
        }
        if (start >= heard) continue;
        const auto waves = at::fft_irfft(spectra.narrow(0, 0, frames), n.size);
        const float* samples = waves.const_data_ptr<float>();
        for (int64_t t = start; t < std::min(start + frames, heard); ++t)
          for (int64_t row = 0; row < rows; ++row) {  // overlap-add: the hop that ends with this frame, and what the next hop needs
            const float* tail = samples + ((t - start) * rows + row + 1) * n.size - 2 * n.hop;
            float *kept = before.data() + row * n.hop, sum = 0;
            if (t > n.begin(k)) {
              float* hop = row < n.rows ? pv + ((b * n.rows + row) * n.hops() + t - 1) * n.hop : kept;
#pragma omp simd reduction(+ : sum)
              for (int64_t i = 0; i < n.hop; ++i) {
                const float v = kept[i] + tail[i] * pw[i];
                hop[i] = v, sum += v * v;
              }
              (row < n.rows ? energies[row / n.C] : mixture_energy) += sum;
            }
#pragma omp simd
            for (int64_t i = 0; i < n.hop; ++i) kept[i] = tail[n.hop + i] * pw[n.hop + i];
          }
      }
      const double mean = 1.0 / (n.C * n.chunk * n.hop);
      for (int64_t s = 0; s < n.S; ++s) pe[(b * n.S + s) * n.chunks + k] = energies[s] * mean, pc[task * n.S + s] = sums[s];
      pl[task] = mixture_energy * mean, pa[task] = mixture_sum;
    }
  });
  return {energy, level, compressed.sum(1), scale.sum(1), wave, slope};
}

// The masks' gradient from those of energy [B, S, chunks] and compressed [B, S], and what loss_forward kept.
at::Tensor loss_backward(const at::Tensor& denergy, const at::Tensor& dcompressed, const at::Tensor& wave, const at::Tensor& slope, const at::Tensor& mixture,
                         const at::Tensor& band, const at::Tensor& synth, int64_t taps, int64_t chunk) {
  const int64_t T = slope.size(0);
  auto grad = at::empty({T, slope.size(1), taps, slope.size(2), slope.size(3), 2, slope.size(5)}, slope.options());
  const Shape n(T, grad, synth.size(0) / 2, chunk);
  const float *pe = denergy.data_ptr<float>(), *pc = dcompressed.data_ptr<float>(), *pv = wave.data_ptr<float>(), *pg = slope.data_ptr<float>(), *px = mixture.data_ptr<float>(),
              *pk = band.data_ptr<float>(), *pw = synth.data_ptr<float>();
  float* pm = grad.data_ptr<float>();
  const int64_t groups = (T + GROUP - 1) / GROUP;
  at::parallel_for(0, n.B * groups, 1, [&](int64_t first, int64_t last) {
    at::NoGradGuard no_grad;
    const int64_t F = n.F;
    auto waves = at::zeros({GROUP, n.rows, n.size}, slope.options());  // all but the last two hops stays zero
    float* samples = waves.data_ptr<float>();
    std::vector<float> real(F), imaginary(F);
    const float mean = 2.0f / (n.C * n.chunk * n.hop);
    for (int64_t task = first; task < last; ++task) {
      const int64_t b = task / groups, start = task % groups * GROUP, frames = std::min(GROUP, T - start);
      for (int64_t t = start; t < start + frames; ++t)
        for (int64_t row = 0; row < n.rows; ++row)
          for (int64_t half = 0; half < 2; ++half) {
            float* tail = samples + ((t - start) * n.rows + row + 1) * n.size - (2 - half) * n.hop;
            const int64_t hop = t - 1 + half;
            if (hop < 0 || hop >= n.hops()) {
              std::fill(tail, tail + n.hop, 0.0f);
              continue;
            }
            const float factor = mean * pe[(b * n.S + row / n.C) * n.chunks + hop / n.chunk], *v = pv + ((b * n.rows + row) * n.hops() + hop) * n.hop;
#pragma omp simd
            for (int64_t i = 0; i < n.hop; ++i) tail[i] = factor * v[i] * pw[half * n.hop + i];
          }
      const auto spectra = at::fft_rfft(waves.narrow(0, 0, frames));
      const float* spectrum = reinterpret_cast<const float*>(spectra.const_data_ptr<c10::complex<float>>());
      const float* known = pk + b * F;
      for (int64_t t = start; t < start + frames; ++t)
        for (int64_t s = 0; s < n.S; ++s)
          for (int64_t c = 0; c < n.C; ++c, spectrum += 2 * F) {
            const float *gr = pg + (((t * n.B + b) * n.S + s) * n.C + c) * 2 * F, *gi = gr + F;
            const float inner = 2.0f / n.size, compressed = pc[b * n.S + s];
            float *er = real.data(), *ei = imaginary.data();
#pragma omp simd
            for (int64_t f = 0; f < F; ++f) {
              er[f] = compressed * gr[f] + inner * known[f] * spectrum[2 * f];
              ei[f] = compressed * gi[f] + inner * known[f] * spectrum[2 * f + 1];
            }
            for (const int64_t f : {int64_t(0), F - 1}) er[f] -= 0.5f * inner * known[f] * spectrum[2 * f], ei[f] -= inner * known[f] * spectrum[2 * f + 1];  // these have no mirror image
            for (int64_t tap = 0; tap < taps; ++tap) {
              float *mr = pm + ((((t * n.B + b) * taps + tap) * n.S + s) * n.C + c) * 2 * F, *mi = mr + F;
              if (tap > t) {
                std::fill(mr, mr + 2 * F, 0.0f);
                continue;
              }
              const float *xr = px + (((t - tap) * n.B + b) * n.C + c) * 2 * F, *xi = xr + F;
#pragma omp simd
              for (int64_t f = 0; f < F; ++f) mr[f] = er[f] * xr[f] + ei[f] * xi[f], mi[f] = ei[f] * xr[f] - er[f] * xi[f];
            }
          }
    }
  });
  return grad;
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("loss_forward", &loss_forward);
  m.def("loss_backward", &loss_backward);
}
