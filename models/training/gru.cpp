// A GRU over time for the CPU: nn.GRU without its per-step dispatch, products, gates and their gradients in one loop.
// Rows are independent, so a thread carries a block of rows through all steps without synchronising. Called from gru.py only.
//
// x [T, N, I], state [N, H], weights as nn.GRU has them: input [3H, I] and recurrent [3H, H] with biases [3H], gates r, z, n;
// reverse: from the last step to the first.
#include "tensors.h"
#include <torch/library.h>
#include <cmath>
#include "products.h"

using namespace danna;

namespace {
inline float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }
inline float tanh_of(float x) { return 2.0f / (1.0f + std::exp(-2.0f * x)) - 1.0f; }

// Few rows (a full-band GRU has one an example) make poor products: those with the input are then taken over all steps at once.
bool few(int64_t rows) { return rows < BLOCK / 2; }

// Blocks of at most BLOCK rows, alike and one or more for each thread; few rows stay together.
int64_t block_size(int64_t rows) {
  if (few(rows)) return rows;
  const int64_t threads = at::get_num_threads(), blocks = (rows + BLOCK * threads - 1) / (BLOCK * threads) * threads;
  return ((rows + blocks - 1) / blocks + TALL - 1) / TALL * TALL;
}
}  // namespace

// -> out [T, N, H], saved [T, N, 4H]: r, z, n and the recurrent side of n
std::tuple<at::Tensor, at::Tensor> gru_forward(const at::Tensor& x, const at::Tensor& state, const at::Tensor& input, const at::Tensor& recurrent, const at::Tensor& input_bias,
                                               const at::Tensor& recurrent_bias, bool reverse) {
  const int64_t T = x.size(0), N = x.size(1), I = x.size(2), H = state.size(1), size = block_size(N);
  auto out = at::empty({T, N, H}, x.options()), saved = at::empty({T, N, 4 * H}, x.options());
  const float *px = x.data_ptr<float>(), *p0 = state.data_ptr<float>(), *ph = recurrent.data_ptr<float>(), *phb = recurrent_bias.data_ptr<float>();
  float *po = out.data_ptr<float>(), *ps = saved.data_ptr<float>();
  Panels gates, update, candidate;
  gates.pack(input.data_ptr<float>(), 1, I, I, 3 * H);
  update.pack(ph, 1, H, H, 2 * H);
  candidate.pack(ph + 2 * H * H, 1, H, H, H);
  std::vector<float> bias(input_bias.data_ptr<float>(), input_bias.data_ptr<float>() + 3 * H);
  for (int64_t j = 0; j < 2 * H; ++j) bias[j] += phb[j];
  if (few(N))
    over_spans(T * N, [&](int64_t, int64_t first, int64_t last) { product(last - first, px + first * I, I, gates, ps + first * 4 * H, 4 * H, Start::bias, bias.data()); });
  at::parallel_for(0, (N + size - 1) / size, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * size, rows = std::min(size, N - first);
      for (int64_t step = 0; step < T; ++step) {
        const int64_t t = reverse ? T - 1 - step : step;
        const float* h = step ? po + ((reverse ? t + 1 : t - 1) * N + first) * H : p0 + first * H;
        float *s = ps + (t * N + first) * 4 * H, *o = po + (t * N + first) * H;
        if (!few(N)) product(rows, px + (t * N + first) * I, I, gates, s, 4 * H, Start::bias, bias.data());
        product(rows, h, H, update, s, 4 * H, Start::add);
        product(rows, h, H, candidate, s + 3 * H, 4 * H, Start::bias, phb + 2 * H);
        for (int64_t i = 0; i < rows; ++i, s += 4 * H, o += H, h += H) {
#pragma omp simd
          for (int64_t j = 0; j < H; ++j) {
            const float r = sigmoid(s[j]), z = sigmoid(s[H + j]), n = tanh_of(s[2 * H + j] + r * s[3 * H + j]);
            s[j] = r, s[H + j] = z, s[2 * H + j] = n;
            o[j] = n + z * (h[j] - n);
          }
        }
      }
    }
  });
  return {out, saved};
}

// dout [T, N, H] -> dx, dstate, dinput, drecurrent and their biases
std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor, at::Tensor> gru_backward(const at::Tensor& dout, const at::Tensor& out, const at::Tensor& saved, const at::Tensor& x,
                                                                                             const at::Tensor& state, const at::Tensor& input, const at::Tensor& recurrent, bool reverse) {
  const int64_t T = x.size(0), N = x.size(1), I = x.size(2), H = state.size(1), size = block_size(N), blocks = (N + size - 1) / size;
  const int64_t parts = std::max<int64_t>(blocks, at::get_num_threads());
  auto dx = at::empty({T, N, I}, x.options()), dstate = at::zeros({N, H}, x.options());
  auto dinput = at::zeros({parts, 3 * H, I}, x.options()), drecurrent = at::zeros({parts, 3 * H, H}, x.options()), sums = at::zeros({parts, 4 * H}, x.options());
  // The gates' gradients of a row in the order n, r, z, recurrent n: the first three are those of the input's products, the last three of the state's.
  auto gates = at::empty({few(N) ? T * N : 0, 4 * H}, x.options());
  const float *pd = dout.data_ptr<float>(), *po = out.data_ptr<float>(), *ps = saved.data_ptr<float>(), *px = x.data_ptr<float>(), *p0 = state.data_ptr<float>();
  float *pg = gates.data_ptr<float>(), *pdx = dx.data_ptr<float>(), *pd0 = dstate.data_ptr<float>(), *pi = dinput.data_ptr<float>(), *pr = drecurrent.data_ptr<float>(), *pb = sums.data_ptr<float>();
  const auto ordered = at::cat({input.slice(0, 2 * H), input.slice(0, 0, 2 * H)});
  Panels to_input, to_state;
  to_input.pack(ordered.const_data_ptr<float>(), I, 1, 3 * H, I);
  to_state.pack(recurrent.data_ptr<float>(), H, 1, 3 * H, H);
  // Adds what rows of gates' gradients give to part `k` of the weights' gradients; h and v: the same rows of states before and of the input.
  const auto weigh = [&](int64_t k, int64_t rows, const float* g, const float* v, const float* h, Panels& panels, std::vector<float>& row) {
    panels.pack(v, I, 1, rows, I);
    product<false>(3 * H, g, 4 * H, panels, pi + k * 3 * H * I, I, Start::add);
    panels.pack(h, H, 1, rows, H);
    product<false>(3 * H, g + H, 4 * H, panels, pr + k * 3 * H * H, H, Start::add);
    std::fill(row.begin(), row.end(), 0.0f);
    add_rows(rows, g, 4 * H, 4 * H, row.data());
    add_rows(1, row.data(), 0, 4 * H, pb + k * 4 * H);
  };
  at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
    Panels panels;
    std::vector<float> local(few(N) ? 0 : size * 4 * H), row(4 * H);
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * size, rows = std::min(size, N - first);
      float* carried = pd0 + first * H;  // gradient that flows back into the state
      for (int64_t step = T - 1; step >= 0; --step) {
        const int64_t t = reverse ? T - 1 - step : step;
        const float* h = step ? po + ((reverse ? t + 1 : t - 1) * N + first) * H : p0 + first * H;
        float* g = few(N) ? pg + t * N * 4 * H : local.data();
        for (int64_t i = 0; i < rows; ++i) {
          const float *s = ps + (t * N + first + i) * 4 * H, *d = pd + (t * N + first + i) * H, *before = h + i * H;
          float *to = g + i * 4 * H, *c = carried + i * H;
#pragma omp simd
          for (int64_t j = 0; j < H; ++j) {
            const float r = s[j], z = s[H + j], n = s[2 * H + j], e = d[j] + c[j], dn = e * (1.0f - z) * (1.0f - n * n);
            to[j] = dn;
            to[H + j] = dn * s[3 * H + j] * r * (1.0f - r);
            to[2 * H + j] = e * (before[j] - n) * z * (1.0f - z);
            to[3 * H + j] = dn * r;
            c[j] = e * z;
          }
        }
        product(rows, g + H, 4 * H, to_state, carried, H, Start::add);
        if (few(N)) continue;
        product(rows, g, 4 * H, to_input, pdx + (t * N + first) * I, I, Start::zero);
        weigh(block, rows, g, px + (t * N + first) * I, h, panels, row);
      }
    }
  });
  if (few(N)) {
    const auto start = state.unsqueeze(0), before = reverse ? at::cat({out.slice(0, 1), start}) : at::cat({start, out.slice(0, 0, T - 1)});
    const float* h = before.const_data_ptr<float>();
    over_spans(T * N, [&](int64_t span, int64_t first, int64_t last) {
      Panels panels;
      std::vector<float> row(4 * H);
      for (int64_t r = first; r < last; r += BLOCK) {
        const int64_t count = std::min(BLOCK, last - r);
        product(count, pg + r * 4 * H, 4 * H, to_input, pdx + r * I, I, Start::zero);
        weigh(span, count, pg + r * 4 * H, px + r * I, h + r * H, panels, row);
      }
    });
  }
  const auto bias = sums.sum(0), weight = dinput.sum(0);
  return {dx, dstate, at::cat({weight.slice(0, H), weight.slice(0, 0, H)}), drecurrent.sum(0), at::cat({bias.slice(0, H, 3 * H), bias.slice(0, 0, H)}), bias.slice(0, H).clone()};
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("gru_forward", &gru_forward);
  m.def("gru_backward", &gru_backward);
}
