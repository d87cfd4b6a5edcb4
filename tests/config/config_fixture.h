// What the tests of config/ share: a made-up machine, files that go away, short ways to load.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/load.h"

namespace gateway::config {

using Lines = std::vector<std::string>;

/// A machine of our own: nothing of the one that runs the test gets in.
Environment test_environment(std::map<std::string, std::string> variables = {});

/// The problems of `text`, named "gateway.yaml", as compilers write them; empty when it loads.
Lines problems_of(std::string_view text, const Environment& environment = test_environment());
/// The problems of a file and what stands beside it, with its folder's name left out.
Lines problems_of_file(const std::filesystem::path& file,
                       const Environment& environment = test_environment());

/// The settings of `text`; fails the test and gives empty ones when it does not load.
Settings settings_of(std::string_view text, const Environment& environment = test_environment());
Settings settings_of_file(const std::filesystem::path& file,
                          const Environment& environment = test_environment());

std::string read_text(const std::filesystem::path& file);

/// config/ of the source tree, where the samples are.
std::filesystem::path config_folder();

}  // namespace gateway::config
