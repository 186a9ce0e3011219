// SPDX-License-Identifier: MIT
#pragma once

namespace nabla::kernels {

template <class T, int Bytes>
struct RegisterType {
  typedef T type __attribute__((vector_size(Bytes)));
};
/// The numbers that one register of so many bytes holds. (Of a longer vector than an instruction set
/// has, GCC makes numbers on the stack.)
template <class T, int Bytes>
using Register = typename RegisterType<T, Bytes>::type;

}  // namespace nabla::kernels
