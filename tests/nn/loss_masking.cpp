// SPDX-License-Identifier: MIT
// An example that is taken out of the losses by a mask contributes exactly 0, whatever is in it.
#include <algorithm>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <nabla/nabla.hpp>
#include <nabla/nn/loss/table.hpp>

#include "support/masked_samples.hpp"

using namespace nabla;

BOOST_AUTO_TEST_SUITE(loss_masking)

BOOST_AUTO_TEST_CASE(inputs_of_masked_losses_contribute_0_in_every_loss) {
  const std::vector<std::string> are_numbers = {"nn::elastic_net", "nn::l1", "nn::l2"};
  for (const Composition& loss : nn::all_losses()) {
    const std::string name(loss.info.name);
    int masks = 0;
    for (const Sample& sample : loss.samples()) masks += test::check_masking(name, sample);
    const bool is_number = std::ranges::find(are_numbers, name) != are_numbers.end();
    BOOST_TEST((masks > 0) != is_number, name << " has a sample without reduction, or none");
  }
}

BOOST_AUTO_TEST_SUITE_END()
