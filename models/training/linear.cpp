// Linear layers and layer norms for the CPU and the decoders that write masks, forward and backward in one pass over the rows each, on
// the products of products.h. Called from linear.py only.
#include "tensors.h"
#include <torch/library.h>
#include <cmath>
#include "products.h"

using namespace danna;

namespace {
// A weight is [outputs, inputs], as nn.Linear has it, or [bands, inputs, outputs]: its own for each band.
struct Weight {
  bool own;
  int64_t bands, inputs, outputs;
  const float* data;
  explicit Weight(const at::Tensor& w)
      : own(w.dim() == 3), bands(own ? w.size(0) : 1), inputs(w.size(1)), outputs(w.size(own ? 2 : 0)), data(w.data_ptr<float>()) {}
  int64_t size() const { return inputs * outputs; }
  std::vector<Panels> forward() const {
    std::vector<Panels> panels(bands);
    for (int64_t b = 0; b < bands; ++b) own ? panels[b].pack(data + b * size(), outputs, 1, inputs, outputs) : panels[b].pack(data, 1, inputs, inputs, outputs);
    return panels;
  }
  std::vector<Panels> backward() const {
    std::vector<Panels> panels(bands);
    for (int64_t b = 0; b < bands; ++b) own ? panels[b].pack(data + b * size(), 1, outputs, outputs, inputs) : panels[b].pack(data, inputs, 1, outputs, inputs);
    return panels;
  }
};
}  // namespace

// x [rows, bands, inputs], bias [bands, outputs] -> [rows, bands, outputs]; one band for a weight of two axes
at::Tensor linear_forward(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  const Weight w(weight);
  const int64_t rows = x.size(0), from = w.bands * w.inputs, to = w.bands * w.outputs;
  auto y = at::empty({rows, w.bands, w.outputs}, x.options());
  const auto panels = w.forward();
  const float *px = x.data_ptr<float>(), *pb = bias ? bias->data_ptr<float>() : nullptr;
  float* py = y.data_ptr<float>();
  over_spans(rows, [&](int64_t, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; r += BLOCK)
      for (int64_t b = 0; b < w.bands; ++b)
        product(std::min(BLOCK, last - r), px + r * from + b * w.inputs, from, panels[b], py + r * to + b * w.outputs, to, pb ? Start::bias : Start::zero, pb ? pb + b * w.outputs : nullptr);
  });
  return y;
}

// dy as y -> dx (empty unless wanted), dweight, dbias [bands, outputs]
std::tuple<at::Tensor, at::Tensor, at::Tensor> linear_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, bool wanted) {
  const Weight w(weight);
  const int64_t rows = x.size(0), from = w.bands * w.inputs, to = w.bands * w.outputs, spans = std::max(1, at::get_num_threads());
  auto dx = at::empty({wanted ? rows : 0, w.bands, w.inputs}, x.options());
  auto dweight = at::zeros({spans, w.bands * w.size()}, x.options()), dbias = at::zeros({spans, w.bands, w.outputs}, x.options());
  const auto panels = wanted ? w.backward() : std::vector<Panels>();
  const float *px = x.data_ptr<float>(), *pd = dy.data_ptr<float>();
  float *pdx = dx.data_ptr<float>(), *pw = dweight.data_ptr<float>(), *pb = dbias.data_ptr<float>();
  over_spans(rows, [&](int64_t span, int64_t first, int64_t last) {
    Panels block;
    std::vector<float> sums(to);
    for (int64_t r = first; r < last; r += BLOCK) {
      const int64_t count = std::min(BLOCK, last - r);
      for (int64_t b = 0; b < w.bands; ++b) {
        const float *d = pd + r * to + b * w.outputs, *v = px + r * from + b * w.inputs;
        float* g = pw + (span * w.bands + b) * w.size();
        if (wanted) product(count, d, to, panels[b], pdx + r * from + b * w.inputs, from, Start::zero);
        if (w.own) {
          block.pack(d, to, 1, count, w.outputs);
          product<false>(w.inputs, v, from, block, g, w.outputs, Start::add);
        } else {
          block.pack(v, from, 1, count, w.inputs);
          product<false>(w.outputs, d, to, block, g, w.inputs, Start::add);
        }
      }
      std::fill(sums.begin(), sums.end(), 0.0f);
      add_rows(count, pd + r * to, to, to, sums.data());
      add_rows(1, sums.data(), 0, to, pb + span * to);
    }
  });
  return {dx, dweight.sum(0).view(weight.sizes()), dbias.sum(0)};
}

namespace {
// Groups of bands of one width share a decoder, which writes `masks` values for each of a band's bins.
struct Decoders {
  int64_t bands = 0, bins = 0, hidden, masks;
  struct Group {
    int64_t band, count, bin, width, step;  // first band and bin; masks that are worked on together
  };
  std::vector<Group> groups;
  Decoders(const at::Tensor& x, at::TensorList weights, at::IntArrayRef counts, int64_t masks) : hidden(x.size(2)), masks(masks) {
    for (size_t g = 0; g < weights.size(); ++g) {
      const int64_t width = weights[g].size(0) / masks;
      groups.push_back({bands, counts[g], bins, width, std::min(masks, std::max<int64_t>(1, 4 * PANEL / width))});
      bands += counts[g], bins += counts[g] * width;
    }
  }
};
}  // namespace

// x [rows, bands, hidden], weights [masks * width, hidden] -> [rows, masks, bins + 1]: the last bin, which no band covers, as the one below it
at::Tensor decode_forward(const at::Tensor& x, at::TensorList weights, at::TensorList biases, at::IntArrayRef counts, int64_t masks) {
  const Decoders n(x, weights, counts, masks);
  const int64_t rows = x.size(0), wide = n.bands * n.hidden, F = n.bins + 1;
  auto y = at::empty({rows, masks, F}, x.options());
  const float* px = x.data_ptr<float>();
  float* py = y.data_ptr<float>();
  for (size_t k = 0; k < n.groups.size(); ++k) {
    const auto& g = n.groups[k];
    const float* bias = biases[k].data_ptr<float>();
    std::vector<Panels> panels((masks + g.step - 1) / g.step);
    for (size_t p = 0; p < panels.size(); ++p)
      panels[p].pack(weights[k].data_ptr<float>() + p * g.step * g.width * n.hidden, 1, n.hidden, n.hidden, std::min(g.step, masks - int64_t(p) * g.step) * g.width);
    over_spans(rows, [&](int64_t, int64_t first, int64_t last) {
      std::vector<float> values(BLOCK * g.step * g.width);
      for (int64_t r = first; r < last; r += BLOCK)
        for (int64_t b = 0; b < g.count; ++b)
          for (int64_t m = 0; m < masks; m += g.step) {
            const int64_t count = std::min(BLOCK, last - r), columns = std::min(g.step, masks - m) * g.width;
            product(count, px + r * wide + (g.band + b) * n.hidden, wide, panels[m / g.step], values.data(), columns, Start::bias, bias + m * g.width);
            for (int64_t i = 0; i < count; ++i)
              for (int64_t j = 0; j < columns / g.width; ++j) {
                float* to = py + ((r + i) * masks + m + j) * F + g.bin + b * g.width;
                std::memcpy(to, values.data() + i * columns + j * g.width, g.width * sizeof(float));
                if (g.bin + (b + 1) * g.width == n.bins) to[g.width] = to[g.width - 1];
              }
          }
    });
  }
  return y;
}

// dy as y -> dx, dweights, dbiases
std::tuple<at::Tensor, std::vector<at::Tensor>, std::vector<at::Tensor>> decode_backward(const at::Tensor& dy, const at::Tensor& x, at::TensorList weights, at::IntArrayRef counts) {
  const int64_t masks = dy.size(1);
  const Decoders n(x, weights, counts, masks);
  const int64_t rows = x.size(0), wide = n.bands * n.hidden, F = n.bins + 1, spans = std::max(1, at::get_num_threads());
  auto dx = at::empty_like(x);
  std::vector<at::Tensor> dweights, dbiases;
  const float *px = x.data_ptr<float>(), *pd = dy.data_ptr<float>();
  float* pdx = dx.data_ptr<float>();
  for (size_t k = 0; k < n.groups.size(); ++k) {
    const auto& g = n.groups[k];
    const int64_t all = masks * g.width;
    auto dweight = at::zeros({spans, all, n.hidden}, x.options()), dbias = at::zeros({spans, all}, x.options());
    float *pw = dweight.data_ptr<float>(), *pb = dbias.data_ptr<float>();
    std::vector<Panels> panels((masks + g.step - 1) / g.step);
    for (size_t p = 0; p < panels.size(); ++p)
      panels[p].pack(weights[k].data_ptr<float>() + p * g.step * g.width * n.hidden, n.hidden, 1, std::min(g.step, masks - int64_t(p) * g.step) * g.width, n.hidden);
    over_spans(rows, [&](int64_t span, int64_t first, int64_t last) {
      std::vector<float> values(BLOCK * g.step * g.width), sums(all);
      Panels block;
      for (int64_t r = first; r < last; r += BLOCK) {
        std::fill(sums.begin(), sums.end(), 0.0f);
        const int64_t count = std::min(BLOCK, last - r);
        for (int64_t b = 0; b < g.count; ++b) {
          const int64_t at = r * wide + (g.band + b) * n.hidden;
          block.pack(px + at, wide, 1, count, n.hidden);
          for (int64_t m = 0; m < masks; m += g.step) {
            const int64_t columns = std::min(g.step, masks - m) * g.width;
            for (int64_t i = 0; i < count; ++i)
              for (int64_t j = 0; j < columns / g.width; ++j) {
                const float* from = pd + ((r + i) * masks + m + j) * F + g.bin + b * g.width;
                float* to = values.data() + i * columns + j * g.width;
                std::memcpy(to, from, g.width * sizeof(float));
                if (g.bin + (b + 1) * g.width == n.bins) to[g.width - 1] += from[g.width];
              }
            product(count, values.data(), columns, panels[m / g.step], pdx + at, wide, m ? Start::add : Start::zero);
            product<false>(columns, values.data(), columns, block, pw + (span * all + m * g.width) * n.hidden, n.hidden, Start::add);
            add_rows(count, values.data(), columns, columns, sums.data() + m * g.width);
          }
        }
        add_rows(1, sums.data(), 0, all, pb + span * all);
      }
    });
    dweights.push_back(dweight.sum(0)), dbiases.push_back(dbias.sum(0));
  }
  return {dx, dweights, dbiases};
}

namespace {
// Mean and inverse standard deviation of a row.
inline std::pair<float, float> moments(const float* x, int64_t n, float epsilon) {
  float sum = 0, square = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t j = 0; j < n; ++j) sum += x[j];
  const float mean = sum / n;
#pragma omp simd reduction(+ : square)
  for (int64_t j = 0; j < n; ++j) square += (x[j] - mean) * (x[j] - mean);
  return {mean, 1.0f / std::sqrt(square / n + epsilon)};
}
}  // namespace

// x [rows, channels], weight and bias [channels]
at::Tensor norm_forward(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double epsilon) {
  const int64_t rows = x.size(0), n = x.size(1);
  auto y = at::empty_like(x);
  const float *px = x.data_ptr<float>(), *pw = weight.data_ptr<float>(), *pb = bias.data_ptr<float>();
  float* py = y.data_ptr<float>();
  over_spans(rows, [&](int64_t, int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      const float* from = px + r * n;
      float* to = py + r * n;
      const auto [mean, inverse] = moments(from, n, epsilon);
      const float m = mean, i = inverse;
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) to[j] = (from[j] - m) * i * pw[j] + pb[j];
    }
  });
  return y;
}

// -> dx, dweight, dbias
std::tuple<at::Tensor, at::Tensor, at::Tensor> norm_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  const int64_t rows = x.size(0), n = x.size(1), spans = std::max(1, at::get_num_threads());
  auto dx = at::empty_like(x), sums = at::zeros({spans, 2, n}, x.options());
  const float *px = x.data_ptr<float>(), *pd = dy.data_ptr<float>(), *pw = weight.data_ptr<float>();
  float *pdx = dx.data_ptr<float>(), *ps = sums.data_ptr<float>();
  over_spans(rows, [&](int64_t span, int64_t first, int64_t last) {
    std::vector<float> local(2 * n);
    float *dweight = local.data(), *dbias = dweight + n;
    for (int64_t r = first; r < last; ++r) {
      const float *from = px + r * n, *d = pd + r * n;
      float* to = pdx + r * n;
      const auto [mean, inverse] = moments(from, n, epsilon);
      const float m = mean, i = inverse;
      float plain = 0, along = 0;
#pragma omp simd reduction(+ : plain, along)
      for (int64_t j = 0; j < n; ++j) {
        const float g = d[j] * pw[j], v = (from[j] - m) * i;
        plain += g, along += g * v;
        dweight[j] += d[j] * v, dbias[j] += d[j];
      }
      const float a = plain / n, b = along / n;
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) to[j] = i * (d[j] * pw[j] - a - (from[j] - m) * i * b);
      if ((r - first) % BLOCK == BLOCK - 1 || r + 1 == last) {  // sums of sums round less
        add_rows(1, local.data(), 0, 2 * n, ps + span * 2 * n);
        std::fill(local.begin(), local.end(), 0.0f);
      }
    }
  });
  const auto sum = sums.sum(0);
  return {dx, sum[0], sum[1]};
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("norm_forward", &norm_forward);
  m.def("norm_backward", &norm_backward);
  m.def("linear_forward", &linear_forward);
  m.def("linear_backward", &linear_backward);
  m.def("decode_forward", &decode_forward);
  m.def("decode_backward", &decode_backward);
}
