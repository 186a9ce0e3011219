// SPDX-License-Identifier: MIT
#if defined(__x86_64__)
#include_next <xmmintrin.h>
#else
#error "no other processor has <xmmintrin.h>"
#endif
