// Linear layers for the CPU, forward and backward in one pass over the rows each, on the products of products.h.
// Called from linear.py only.
#include <ATen/ATen.h>
#include <torch/library.h>
#include "products.h"

using namespace danna;

// x [rows, inputs], weight [outputs, inputs], bias [outputs] -> [rows, outputs]
at::Tensor linear_forward(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  const int64_t rows = x.size(0), inputs = x.size(1), outputs = weight.size(0);
  auto y = at::empty({rows, outputs}, x.options());
  Panels panels;
  panels.pack(weight.data_ptr<float>(), 1, inputs, inputs, outputs);
  const float *px = x.data_ptr<float>(), *pb = bias ? bias->data_ptr<float>() : nullptr;
  float* py = y.data_ptr<float>();
  over_spans(rows, [&](int64_t, int64_t first, int64_t last) {
    product(last - first, px + first * inputs, inputs, panels, py + first * outputs, outputs, pb ? Start::bias : Start::zero, pb);
  });
  return y;
}

// dy [rows, outputs] -> dx [rows, inputs] (empty unless wanted), dweight, dbias
std::tuple<at::Tensor, at::Tensor, at::Tensor> linear_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& weight, bool wanted) {
  const int64_t rows = x.size(0), inputs = x.size(1), outputs = weight.size(0), spans = std::max(1, at::get_num_threads());
  auto dx = at::empty({wanted ? rows : 0, inputs}, x.options());
  auto dweight = at::zeros({spans, outputs, inputs}, x.options()), dbias = at::zeros({spans, outputs}, x.options());
  Panels panels;
  if (wanted) panels.pack(weight.data_ptr<float>(), inputs, 1, outputs, inputs);
  const float *px = x.data_ptr<float>(), *pd = dy.data_ptr<float>();
  float *pdx = dx.data_ptr<float>(), *pw = dweight.data_ptr<float>(), *pb = dbias.data_ptr<float>();
  over_spans(rows, [&](int64_t span, int64_t first, int64_t last) {
    Panels block;
    std::vector<float> sums(outputs);
    for (int64_t r = first; r < last; r += BLOCK) {
      const int64_t count = std::min(BLOCK, last - r);
      const float* d = pd + r * outputs;
      if (wanted) product(count, d, outputs, panels, pdx + r * inputs, inputs, Start::zero);
      block.pack(px + r * inputs, inputs, 1, count, inputs);
      product<false>(outputs, d, outputs, block, pw + span * outputs * inputs, inputs, Start::add);
      std::fill(sums.begin(), sums.end(), 0.0f);
      add_rows(count, d, outputs, outputs, sums.data());
      add_rows(1, sums.data(), 0, outputs, pb + span * outputs);
    }
  });
  return {dx, dweight.sum(0), dbias.sum(0)};
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("linear_forward", &linear_forward);
  m.def("linear_backward", &linear_backward);
}
