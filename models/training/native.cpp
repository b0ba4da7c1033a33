// All C++ of the recipe in one piece: PyTorch's headers, most of the compiler's work, are read once.
#include "gru.cpp"
#include "linear.cpp"
#include "losses.cpp"
#include "spectra.cpp"
