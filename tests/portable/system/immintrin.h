// SPDX-License-Identifier: MIT
#if defined(__x86_64__)
#include_next <immintrin.h>
#else
#error "no other processor has <immintrin.h>"
#endif
