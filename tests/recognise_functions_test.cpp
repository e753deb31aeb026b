// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "compiler/passes/normal_form.h"
#include "tests/pass_checks.h"

namespace ingot {

using test::expression_of;
using test::PassBuilder;
using test::passed;

namespace {

/// What recognise_functions makes of an expression of up to two pictures.
std::string recognised(std::string_view expression) {
    SCOPED_TRACE(expression);
    PassBuilder builder;
    const Expression parsed = parse_expression(expression);
    std::vector<ValueId> inputs;
    for (int i = 0; i < operand_count(parsed); ++i) {
        inputs.push_back(builder.input("x" + std::to_string(i), {1, 5, 6, 7}));
    }
    const Graph graph = passed(builder.with_outputs({builder.node("y", Map{parsed}, inputs)}), recognise_functions);
    return graph.nodes[0].operation.index() == Operation(Map{}).index() ? expression_of(graph, 0) : "none";
}

std::string form(std::string_view expression) {
    return normal_form(to_tree(parse_expression(expression))).value_or("none");
}

}  // namespace

TEST(RecogniseFunctions, HardSwishInEveryOrder) {
    for (const char *text : {
             "x0,x0,3,add,clip(0/6),mul,6,div",
             "x0,3,add,clip(0/6),x0,mul,0.16666667,mul",
             "x0,x0,3,add,clip(0/6),6,div,mul",
             "x0,6,div,3,x0,add,clip(0/6),mul",
             "x0,x0,3,add,0,max,6,min,mul,6,div",
             "x0,x0,3,add,relu,6,min,mul,6,div",
             "x0,x0,hard_sigmoid(0.16666667/0.5),mul",
             "x0,x0,0.16666667,mul,0.5,add,clip(0/1),mul",
             "0.16666667,x0,mul,x0,clip(-3/3),3,add,mul",
         }) {
        EXPECT_EQ(recognised(text), "x0,hard_swish") << text;
    }
}

TEST(RecogniseFunctions, HardSigmoid) {
    EXPECT_EQ(recognised("x0,3,add,clip(0/6),6,div"), "x0,hard_sigmoid(0.16666667/0.5)");
    EXPECT_EQ(recognised("x0,3,add,0,max,6,min,0.16666667,mul"), "x0,hard_sigmoid(0.16666667/0.5)");
    EXPECT_EQ(recognised("1,x0,0.25,mul,0.5,add,relu,min"), "x0,hard_sigmoid(0.25/0.5)");
}

TEST(RecogniseFunctions, FunctionsOfSigmoidTanhAndErf) {
    EXPECT_EQ(recognised("1,x0,neg,exp,1,add,div"), "x0,sigmoid");
    EXPECT_EQ(recognised("x0,neg,exp,1,add,reciprocal"), "x0,sigmoid");
    EXPECT_EQ(recognised("x0,sigmoid,x0,mul"), "x0,silu");
    EXPECT_EQ(recognised("x0,x0,neg,exp,1,add,div"), "x0,silu");
    EXPECT_EQ(recognised("x0,exp,1,add,log"), "x0,softplus");
    EXPECT_EQ(recognised("x0,x0,softplus,tanh,mul"), "x0,mish");
    EXPECT_EQ(recognised("x0,exp,1,add,log,tanh,x0,mul"), "x0,mish");
    EXPECT_EQ(recognised("x0,1,x0,abs,add,div"), "x0,softsign");
}

TEST(RecogniseFunctions, GeluInTheFormsOfExporters) {
    for (const char *text : {
             "x0,1.4142135,div,erf,1,add,x0,mul,0.5,mul",
             "x0,0.5,mul,x0,0.70710677,mul,erf,1,add,mul",
             "0.5,x0,1,x0,1.4142135,div,erf,add,mul,mul",
         }) {
        EXPECT_EQ(recognised(text), "x0,gelu") << text;
    }
    for (const char *text : {
             "x0,0.5,mul,x0,3,pow,0.044715,mul,x0,add,0.7978846,mul,tanh,1,add,mul",
             "x0,0.5,mul,x0,0.7978846,mul,x0,x0,mul,0.044715,mul,1,add,mul,tanh,1,add,mul",
             "x0,x0,x0,mul,mul,0.044715,mul,x0,add,0.7978846,mul,tanh,1,add,0.5,mul,x0,mul",
         }) {
        EXPECT_EQ(recognised(text), "x0,gelu_tanh") << text;
    }
}

TEST(RecogniseFunctions, MinimaAndMaximaWithConstants) {
    EXPECT_EQ(recognised("x0,0,max"), "x0,relu");
    EXPECT_EQ(recognised("0,x0,max,6,min"), "x0,clip(0/6)");
    EXPECT_EQ(recognised("x0,6,min,0,max"), "x0,clip(0/6)");
    EXPECT_EQ(recognised("x0,relu,clip(-1/6)"), "x0,clip(0/6)");
    EXPECT_EQ(recognised("x0,relu,relu"), "x0,relu");
    EXPECT_EQ(recognised("x0,2,max"), "x0,clip(2/3.4028235e+38)");
    EXPECT_EQ(recognised("x0,2,max,1,min"), "x0,clip(2/3.4028235e+38),clip(-3.4028235e+38/1)") << "1 anywhere";
    EXPECT_EQ(recognised("x0,x0,0.25,mul,max"), "x0,leaky_relu(0.25)");
    EXPECT_EQ(recognised("x0,0.25,prelu"), "x0,leaky_relu(0.25)");
}

TEST(RecogniseFunctions, InsideAnExpressionAndOfOne) {
    EXPECT_EQ(recognised("x0,x0,sigmoid,mul,x1,add"), "x0,silu,x1,add");
    EXPECT_EQ(recognised("x0,x1,add,x0,x1,add,sigmoid,mul"), "x0,x1,add,silu");
    EXPECT_EQ(recognised("x0,2,mul,x0,2,mul,sigmoid,mul,1,add"), "x0,2,mul,silu,1,add");
    EXPECT_EQ(recognised("x0,x0,sigmoid,mul,1,mul,0,add,to_f32"), "x0,silu");
}

TEST(RecogniseFunctions, LeavesWhatIsSomethingElse) {
    for (const char *text : {
             "x0,x0,3,add,clip(0/6),mul,5,div",             // another factor
             "x0,x0,2,add,clip(0/6),mul,6,div",             // another ramp
             "x0,x1,3,add,clip(0/6),mul,6,div",             // of another tensor
             "x0,3,add,clip(0/6)",                          // no sigmoid yet
             "x0,x1,sigmoid,mul",                           //
             "x0,0.5,mul,x0,0.7,mul,erf,1,add,mul",         // another argument of erf
             "x0,0.5,mul,x0,0.70710677,mul,erf,2,add,mul",  //
             "x0,x0,1.5,mul,max",                           // max(x, 1.5 x) is 1.5 x above 0
             "x0,x1,max",                                   //
             "x0,x0,mul,sqrt",                              // |x|, which none exports so
         }) {
        EXPECT_EQ(recognised(text), text);
    }
}

TEST(RecogniseFunctions, LeavesIntegersAlone) {
    PassBuilder builder;
    const ValueId whole = builder.map("whole", "x0,to_i64", {builder.input("x", {1, 4})});
    const ValueId y = builder.map("y", "x0,x1,max", {whole, builder.map("zero", "x0,0,mul", {whole})});
    const ValueId z = builder.map("z", "x0,0,max", {y});
    const Graph graph = passed(builder.with_outputs({z}), recognise_functions);
    EXPECT_EQ(expression_of(graph, graph.nodes.size() - 1), "x0,0,max");
}

TEST(RecogniseFunctions, RemovesAMapThatChangesNothing) {
    PassBuilder builder;
    const ValueId conv = builder.conv("conv", builder.input("x", {1, 1, 4, 4}), 2, test::same3);
    const ValueId same = builder.map("same", "x0,1,mul,0,add", {conv});
    const Graph graph = passed(builder.with_outputs({builder.relu("y", same)}), recognise_functions);
    EXPECT_EQ(test::operations(graph), "conv2d relu");
}

TEST(NormalForm, IsTheSameWhateverTheOrder) {
    EXPECT_EQ(form("x0,x1,add,2,mul"), form("x1,2,mul,x0,x0,add,add"));
    EXPECT_EQ(form("x0,1,add,x0,1,sub,mul"), form("x0,2,pow,1,sub"));
    EXPECT_EQ(form("x0,neg,2,add,clip(0/1)"), form("x0,clip(1/2),neg,2,add"));
    EXPECT_EQ(form("x0,2,div"), form("x0,0.5,mul"));
    EXPECT_NE(form("x0,x1,div"), form("x1,x0,div"));
    EXPECT_NE(form("x0,0.1667,mul"), form("x0,0.16666667,mul"));
}

TEST(NormalForm, GivesUpOnWhatGrows) {
    std::string sums = "x0,x1,add,x2,add", power = sums, nested = "x0";
    for (int i = 0; i < 3; ++i) {
        power += ",4,pow";
        nested += ",silu,silu,silu,silu,silu";
    }
    EXPECT_EQ(form(power), "none");
    EXPECT_EQ(form(nested), "none");
}

}  // namespace ingot
