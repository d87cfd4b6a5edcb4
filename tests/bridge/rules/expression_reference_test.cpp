// Expressions against an evaluator that is slow and simple: a tree of values, worked out anew.

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <variant>

#include <gtest/gtest.h>

#include "bridge/rules/expression/expression.h"
#include "tests/bridge/rules/stage_fixture.h"

namespace gateway {
namespace {

struct Absent {
  bool operator==(const Absent&) const { return false; }
};
using Thing = std::variant<Absent, std::nullptr_t, bool, double, std::string>;

/// An expression as text, and what it comes to.
struct Term {
  std::string text{};
  Thing value{};
};

bool truth(const Thing& thing) {
  const auto* flag = std::get_if<bool>(&thing);
  return flag != nullptr && *flag;
}

Thing number_or_absent(double number) {
  if (std::isfinite(number)) return number;
  return Absent{};
}

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Term boolean(int depth) {
    switch (depth > 0 ? random_() % 8 : 7) {
      case 0: {
        const auto a = boolean(depth - 1);
        const auto b = boolean(depth - 1);
        return {"(" + a.text + " && " + b.text + ")", truth(a.value) && truth(b.value)};
      }
      case 1: {
        const auto a = boolean(depth - 1);
        const auto b = boolean(depth - 1);
        return {"(" + a.text + " or " + b.text + ")", truth(a.value) || truth(b.value)};
      }
      case 2: {
        const auto a = boolean(depth - 1);
        return {"(not " + a.text + ")", !truth(a.value)};
      }
      case 3:
        return comparison(number(depth - 1), number(depth - 1));
      case 4:
        return comparison(string(), string());
      case 5: {
        const auto a = number(depth - 1);
        const auto b = number(depth - 1);
        const auto c = number(depth - 1);
        return {"(" + a.text + " in [" + b.text + ", " + c.text + "])",
                a.value == b.value || a.value == c.value};
      }
      case 6:
        return search(string());
      default:
        return one_of({{"on", true},
                       {"off", false},
                       {"true", true},
                       {"retained", true},
                       {"exists(t)", true},
                       {"exists(missing)", false},
                       {"missing", Absent{}}});
    }
  }

 private:
  Term one_of(const std::vector<Term>& terms) { return terms[random_() % terms.size()]; }

  Term number(int depth) {
    if (depth <= 0 || random_() % 3 == 0) {
      return one_of({{"t", 21.5},
                     {"n", -3.0},
                     {"zero", 0.0},
                     {"qos", 1.0},
                     {"2", 2.0},
                     {"1e3", 1000.0},
                     {"/a/b/1", 20.0},
                     {"missing", Absent{}},
                     {"number(digits)", 7.0},
                     {"length(s)", 4.0}});
    }
    const auto a = number(depth - 1);
    const auto b = number(depth - 1);
    const auto with = [&](const char* symbol, const std::function<double(double, double)>& join) {
      const auto* x = std::get_if<double>(&a.value);
      const auto* y = std::get_if<double>(&b.value);
      Thing value = Absent{};
      if (x != nullptr && y != nullptr) value = number_or_absent(join(*x, *y));
      return Term{"(" + a.text + symbol + b.text + ")", value};
    };
    switch (random_() % 7) {
      case 5:
        return call("min", a, b, [](double x, double y) { return std::min(x, y); });
      case 6:
        return rounded(a);
      case 0:
        return with(" + ", [](double x, double y) { return x + y; });
      case 1:
        return with(" - ", [](double x, double y) { return x - y; });
      case 2:
        return with(" * ", [](double x, double y) { return x * y; });
      case 3:
        return with(" / ", [](double x, double y) { return x / y; });
      default:
        return with(" % ", [](double x, double y) { return std::fmod(x, y); });
    }
  }

  /// A function of two numbers.
  static Term call(const std::string& name, const Term& a, const Term& b,
                   const std::function<double(double, double)>& join) {
    const auto* x = std::get_if<double>(&a.value);
    const auto* y = std::get_if<double>(&b.value);
    Thing value = Absent{};
    if (x != nullptr && y != nullptr) value = number_or_absent(join(*x, *y));
    return {name + "(" + a.text + ", " + b.text + ")", value};
  }

  Term rounded(const Term& a) {
    const auto* x = std::get_if<double>(&a.value);
    const auto name = std::string(random_() % 2 == 0 ? "abs" : "floor");
    Thing value = Absent{};
    if (x != nullptr) value = name == "abs" ? std::abs(*x) : std::floor(*x);
    return {name + "(" + a.text + ")", value};
  }

  /// What looks for "ar" in a text.
  Term search(const Term& a) {
    const auto* text = std::get_if<std::string>(&a.value);
    const auto with = [&](const std::string& written, auto looks) {
      return Term{written, text == nullptr ? Thing(Absent{}) : Thing(looks(*text))};
    };
    switch (random_() % 4) {
      case 0:
        return with("contains(" + a.text + ", 'ar')",
                    [](const std::string& in) { return in.find("ar") != std::string::npos; });
      case 1:
        return with("starts_with(" + a.text + ", 'ar')",
                    [](const std::string& in) { return in.starts_with("ar"); });
      case 2:
        return with("ends_with(" + a.text + ", 'rm')",
                    [](const std::string& in) { return in.ends_with("rm"); });
      default:
        return with("(" + a.text + " matches '^.ar')", [](const std::string& in) {
          return in.size() > 2 && in.compare(1, 2, "ar") == 0;
        });
    }
  }

  Term string() {
    return one_of({{"s", std::string("Warm")},
                   {"lower(s)", std::string("warm")},
                   {"site", std::string("berlin")},
                   {"'Warm'", std::string("Warm")},
                   {"text(n)", std::string("-3")},
                   {"substring(s, 1, 2)", std::string("ar")},
                   {"missing", Absent{}}});
  }

  Term comparison(const Term& a, const Term& b) {
    const auto ordered = [&](const std::function<bool(int)>& right) {
      int order = 0;
      if (const auto* x = std::get_if<double>(&a.value)) {
        const auto* y = std::get_if<double>(&b.value);
        if (y == nullptr) return false;
        order = *x < *y ? -1 : *x > *y ? 1 : 0;
      } else if (const auto* text = std::get_if<std::string>(&a.value)) {
        const auto* other = std::get_if<std::string>(&b.value);
        if (other == nullptr) return false;
        order = text->compare(*other);
      } else {
        return false;
      }
      return right(order);
    };
    const auto join = [&](const char* symbol, bool value) {
      return Term{"(" + a.text + symbol + b.text + ")", value};
    };
    switch (random_() % 6) {
      case 0:
        return join(" == ", a.value == b.value);
      case 1:
        return join(" != ", !(a.value == b.value));
      case 2:
        return join(" < ", ordered([](int order) { return order < 0; }));
      case 3:
        return join(" <= ", ordered([](int order) { return order <= 0; }));
      case 4:
        return join(" > ", ordered([](int order) { return order > 0; }));
      default:
        return join(" >= ", ordered([](int order) { return order >= 0; }));
    }
  }

  std::mt19937 random_;
};

TEST(Expression, ComesToWhatASlowEvaluatorComesTo) {
  const TestMessage message(
      R"({"t":21.5,"n":-3,"zero":0,"on":true,"off":false,"s":"Warm","digits":"7",)"
      R"("a":{"b":[10,20]}})");
  const auto topics = TestMessage::topics();
  Arena arena;
  Sample sample;
  Select({}, topics, "edge").run(message.view(), arena, sample);
  Maker maker(23);  // the same expressions in every run
  int holding = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto term = maker.boolean(4);
    if (term.text.size() > 4000) continue;
    const auto expression = Expression::parse(term.text, {topics.variables(), nullptr});
    ASSERT_TRUE(expression) << term.text << ": " << expression.error().message;
    const bool holds = expression->evaluate({message.view(), sample, arena});
    ASSERT_EQ(holds, truth(term.value)) << term.text;
    holding += holds ? 1 : 0;
  }
  EXPECT_GT(holding, 2000);
  EXPECT_LT(holding, 18'000);
}

}  // namespace
}  // namespace gateway
