// Products of a tall matrix and a small one for the CPU, as the layers of these networks have them: rows by the ten
// thousand, 4 to 500 columns. MKL, which torch calls, runs at half speed on processors that are not Intel's, and fused
// loops want products of a few rows without the overhead of a call. Any thread may call any of these.
#pragma once
#include <ATen/Parallel.h>
#include <algorithm>
#include <cstring>
#include <vector>

namespace danna {
#if defined(__AVX512F__)
constexpr int LANES = 16, TALL = 8;  // 8 x 3 vectors of sums in 32 registers
#elif defined(__AVX__)
constexpr int LANES = 8, TALL = 4;
#else
constexpr int LANES = 4, TALL = 4;
#endif
constexpr int WIDE = 3, PANEL = WIDE * LANES;
constexpr int64_t BLOCK = 64, DEEP = 256;  // rows, and steps of a sum, that are worked on together, so that they stay in the cache
typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef float Loose __attribute__((vector_size(LANES * 4), aligned(4), may_alias));  // anywhere in memory

enum class Start { zero, bias, add };  // what a product is added to: nothing, a row of bias, what is there

inline Vector load(const float* from, int count) {
  if (count >= LANES) return *reinterpret_cast<const Loose*>(from);
  Vector x = {};
  std::memcpy(&x, from, count * sizeof(float));
  return x;
}
inline void store(float* to, Vector x, int count) {
  if (count >= LANES)
    *reinterpret_cast<Loose*>(to) = x;
  else
    std::memcpy(to, &x, count * sizeof(float));
}

// The right factor [depth, columns], element (d, j) at from[d * deep + j * across], as panels of PANEL columns that are read in order.
class Panels {
 public:
  int64_t depth = 0, columns = 0;
  void pack(const float* from, int64_t deep, int64_t across, int64_t depth_, int64_t columns_) {
    depth = depth_, columns = columns_;
    const size_t size = depth * ((columns + LANES - 1) / LANES * LANES);
    if (data.size() < size) data.resize(size);
    for (int64_t j = 0; j < columns; j += PANEL) {
      float* to = data.data() + j * depth;
      const int64_t count = std::min<int64_t>(PANEL, columns - j), padded = (count + LANES - 1) / LANES * LANES;
      for (int64_t d = 0; d < depth; ++d, to += padded) {
        const float* row = from + d * deep + j * across;
        if (across == 1)
          std::memcpy(to, row, count * sizeof(float));
        else
          for (int64_t i = 0; i < count; ++i) to[i] = row[i * across];
        std::fill(to + count, to + padded, 0.0f);
      }
    }
  }
  const float* at(int64_t column) const { return data.data() + column * depth; }

 private:
  std::vector<float> data;
};

// One tile of R rows and V vectors; UNIT: a row's elements lie side by side, otherwise a column's do.
template <int R, int V, bool UNIT>
void tile(int64_t depth, const float* a, int64_t stride, const float* b, float* c, int64_t row, int columns, Start start, const float* bias) {
  Vector sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 3
    for (int v = 0; v < V; ++v)
      sum[r][v] = start == Start::zero ? Vector{} : load((start == Start::add ? c + r * row : bias) + v * LANES, columns - v * LANES);
  for (int64_t d = 0; d < depth; ++d, b += V * LANES) {
    Vector right[V];
#pragma GCC unroll 3
    for (int v = 0; v < V; ++v) right[v] = *reinterpret_cast<const Loose*>(b + v * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const float left = UNIT ? a[r * stride + d] : a[r + d * stride];
#pragma GCC unroll 3
      for (int v = 0; v < V; ++v) sum[r][v] += left * right[v];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 3
    for (int v = 0; v < V; ++v) store(c + r * row + v * LANES, sum[r][v], columns - v * LANES);
}

template <int V, bool UNIT>
void tile_of(int rows, int64_t depth, const float* a, int64_t stride, const float* b, float* c, int64_t row, int columns, Start start, const float* bias) {
  if (rows >= TALL) return tile<TALL, V, UNIT>(depth, a, stride, b, c, row, columns, start, bias);
  if (rows & 4 && TALL > 4) tile<4, V, UNIT>(depth, a, stride, b, c, row, columns, start, bias), a += UNIT ? 4 * stride : 4, c += 4 * row;
  if (rows & 2) tile<2, V, UNIT>(depth, a, stride, b, c, row, columns, start, bias), a += UNIT ? 2 * stride : 2, c += 2 * row;
  if (rows & 1) tile<1, V, UNIT>(depth, a, stride, b, c, row, columns, start, bias);
}

// c [rows, columns] (row apart) from a [rows, depth] times b. UNIT: a(r, d) = a[r * stride + d], else a[r + d * stride] (its transpose).
template <bool UNIT = true>
void product(int64_t rows, const float* a, int64_t stride, const Panels& b, float* c, int64_t row, Start start, const float* bias = nullptr) {
  for (int64_t block = 0; block < rows; block += BLOCK)
    for (int64_t j = 0; j < b.columns; j += PANEL) {
      const int columns = std::min<int64_t>(PANEL, b.columns - j), vectors = (columns + LANES - 1) / LANES;
      auto* run = vectors == 3 ? tile_of<3, UNIT> : vectors == 2 ? tile_of<2, UNIT> : tile_of<1, UNIT>;
      for (int64_t d = 0; d < b.depth; d += DEEP)
        for (int64_t r = block; r < std::min(rows, block + BLOCK); r += TALL) {
          const float* left = a + (UNIT ? r * stride + d : r + d * stride);
          run(std::min<int64_t>(TALL, rows - r), std::min(DEEP, b.depth - d), left, stride, b.at(j) + d * vectors * LANES, c + r * row + j, row, columns, d ? Start::add : start, bias ? bias + j : nullptr);
        }
    }
}

// sums [columns] += the rows of a.
inline void add_rows(int64_t rows, const float* a, int64_t stride, int64_t columns, float* sums) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* from = a + r * stride;
#pragma omp simd
    for (int64_t j = 0; j < columns; ++j) sums[j] += from[j];
  }
}

// Rows are shared out in as many spans as there are threads: run(span, first, last). Returns the number of spans.
template <typename Run>
int64_t over_spans(int64_t rows, const Run& run) {
  const int64_t spans = std::max<int64_t>(1, std::min<int64_t>(at::get_num_threads(), rows / BLOCK)), size = (rows + spans - 1) / spans;
  at::parallel_for(0, spans, 1, [&](int64_t first, int64_t last) {
    for (int64_t span = first; span < last; ++span) run(span, span * size, std::min(rows, (span + 1) * size));
  });
  return spans;
}
}  // namespace danna
