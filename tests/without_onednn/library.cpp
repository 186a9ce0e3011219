// SPDX-License-Identifier: MIT
#include <boost/test/unit_test.hpp>

#include <nabla/kernels/gemm.hpp>

BOOST_AUTO_TEST_SUITE(without_onednn)

BOOST_AUTO_TEST_CASE(products_are_those_of_the_packed_kernel) {
  BOOST_TEST(nabla::kernels::gemm_library() == "a packed kernel");
}

BOOST_AUTO_TEST_SUITE_END()
