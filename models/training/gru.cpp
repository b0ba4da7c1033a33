// A GRU over time for the CPU: the time loop of nn.GRU without its per-step dispatch. Rows are independent, so each
// thread carries its share of the rows through all steps without synchronising. Called from gru.py only.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/library.h>
#include <cmath>

namespace {
// The BLAS that torch itself carries; column-major, as Fortran has it.
extern "C" void sgemm_(const char* ta, const char* tb, const int* m, const int* n, const int* k, const float* alpha, const float* a,
                       const int* lda, const float* b, const int* ldb, const float* beta, float* c, const int* ldc);
void gemm(char ta, int m, int n, int k, const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc) {
  const char tb = 'N';
  const float one = 1.0f;
  sgemm_(&ta, &tb, &m, &n, &k, &one, a, &lda, b, &ldb, &beta, c, &ldc);
}

inline float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }
inline float tanh_of(float x) { return 2.0f / (1.0f + std::exp(-2.0f * x)) - 1.0f; }

int64_t grain(int64_t rows) { return std::max<int64_t>(1, (rows + at::get_num_threads() - 1) / at::get_num_threads()); }
}  // namespace

// gi [T,N,3H] input gates with bias, h0 [N,H], w [3H,H], b [3H] -> out [T,N,H], saved [T,N,4H] (r, z, n, W_n h + b_n)
std::tuple<at::Tensor, at::Tensor> gru_forward(const at::Tensor& gi, const at::Tensor& h0, const at::Tensor& w, const at::Tensor& b) {
  const int64_t T = gi.size(0), N = gi.size(1), H = h0.size(1);
  auto out = at::empty({T, N, H}, gi.options());
  auto saved = at::empty({T, N, 4 * H}, gi.options());
  const float *pi = gi.data_ptr<float>(), *p0 = h0.data_ptr<float>(), *pw = w.data_ptr<float>(), *pb = b.data_ptr<float>();
  float *po = out.data_ptr<float>(), *ps = saved.data_ptr<float>();
  at::parallel_for(0, N, grain(N), [&](int64_t first, int64_t last) {
    const int64_t rows = last - first;
    std::vector<float> gh(rows * 3 * H);
    for (int64_t t = 0; t < T; ++t) {
      const float* h = t ? po + ((t - 1) * N + first) * H : p0 + first * H;
      gemm('T', 3 * H, rows, H, pw, H, h, H, 0.0f, gh.data(), 3 * H);
      for (int64_t i = 0; i < rows; ++i) {
        const float *g = gh.data() + i * 3 * H, *x = pi + (t * N + first + i) * 3 * H, *hp = h + i * H;
        float *s = ps + (t * N + first + i) * 4 * H, *o = po + (t * N + first + i) * H;
#pragma omp simd
        for (int64_t j = 0; j < H; ++j) {
          const float r = sigmoid(x[j] + g[j] + pb[j]);
          const float z = sigmoid(x[H + j] + g[H + j] + pb[H + j]);
          const float hn = g[2 * H + j] + pb[2 * H + j];
          const float n = tanh_of(x[2 * H + j] + r * hn);
          s[j] = r, s[H + j] = z, s[2 * H + j] = n, s[3 * H + j] = hn;
          o[j] = n + z * (hp[j] - n);
        }
      }
    }
  });
  return {out, saved};
}

// dout [T,N,H] -> dgi [T,N,3H] (gates' input side), dgh_n [T,N,H] (the n gate's recurrent side), dh0 [N,H]
std::tuple<at::Tensor, at::Tensor, at::Tensor> gru_backward(const at::Tensor& dout, const at::Tensor& out, const at::Tensor& saved, const at::Tensor& h0, const at::Tensor& w) {
  const int64_t T = out.size(0), N = out.size(1), H = h0.size(1);
  auto dgi = at::empty({T, N, 3 * H}, out.options());
  auto dgh = at::empty({T, N, 3 * H}, out.options());
  auto dh0 = at::zeros({N, H}, out.options());
  const float *pd = dout.data_ptr<float>(), *po = out.data_ptr<float>(), *ps = saved.data_ptr<float>(), *p0 = h0.data_ptr<float>(), *pw = w.data_ptr<float>();
  float *pgi = dgi.data_ptr<float>(), *pgh = dgh.data_ptr<float>(), *pd0 = dh0.data_ptr<float>();
  at::parallel_for(0, N, grain(N), [&](int64_t first, int64_t last) {
    const int64_t rows = last - first;
    float* dh = pd0 + first * H;  // gradient that flows back into the state, updated in place
    for (int64_t t = T - 1; t >= 0; --t) {
      const float* h = t ? po + ((t - 1) * N + first) * H : p0 + first * H;
      for (int64_t i = 0; i < rows; ++i) {
        const float *s = ps + (t * N + first + i) * 4 * H, *d = pd + (t * N + first + i) * H, *hp = h + i * H;
        float *gi = pgi + (t * N + first + i) * 3 * H, *gh = pgh + (t * N + first + i) * 3 * H, *c = dh + i * H;
#pragma omp simd
        for (int64_t j = 0; j < H; ++j) {
          const float r = s[j], z = s[H + j], n = s[2 * H + j], hn = s[3 * H + j];
          const float g = d[j] + c[j];
          const float dn = g * (1.0f - z) * (1.0f - n * n);
          const float dz = g * (hp[j] - n) * z * (1.0f - z);
          const float dr = dn * hn * r * (1.0f - r);
          gi[j] = dr, gi[H + j] = dz, gi[2 * H + j] = dn;
          gh[j] = dr, gh[H + j] = dz, gh[2 * H + j] = dn * r;
          c[j] = g * z;
        }
      }
      gemm('N', H, rows, 3 * H, pw, H, pgh + (t * N + first) * 3 * H, 3 * H, 1.0f, dh, H);
    }
  });
  return {dgi, dgh, dh0};
}

TORCH_LIBRARY_FRAGMENT(danna, m) {
  m.def("gru_forward", &gru_forward);
  m.def("gru_backward", &gru_backward);
}
