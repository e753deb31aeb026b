# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plain chains: LeNet-5 (LeCun et al. 1998), VGG-16 (Simonyan and Zisserman 2014), and single convolutions."""

from architectures.builder import Net


def lenet5(small):
    """Opset 7; Tanh, AveragePool, Flatten, Softmax"""
    net = Net("lenet5", opset=7, ir=4, batch="N")
    x = net.input(1, 32, 32)
    for channels in (6, 16):
        x = net.conv(x, channels, 5, pad=0)
        x = net.average_pool(net.unary("Tanh", x), 2, 2)
    x = net.flatten(x)
    for features in (120, 84):
        x = net.unary("Tanh", net.linear(x, features // 4 if small else features))
    return net.output(net.softmax(net.linear(x, 10)), "probabilities")


def lenet5_relu(small):
    """LeNet-5 as it is taught today: Relu, MaxPool, a padded first Conv, logits"""
    net = Net("lenet5_relu", opset=17, ir=8, batch="N")
    x = net.input(1, 28, 28)
    for channels, pad in ((6, 2), (16, 0)):
        x = net.max_pool(net.relu(net.conv(x, channels, 5, pad=pad)), 2, 2)
    x = net.flatten(x)
    for features in (120, 84):
        x = net.relu(net.linear(x, features // 4 if small else features))
    return net.output(net.linear(x, 10), "logits")


def vgg16(small):
    """Opset 7, IR 3 with the weights listed as inputs; Dropout, three Gemm, the first one wide"""
    net = Net("vgg16", opset=7, ir=3, weights="inputs")
    image, channels, repeats, hidden, classes = (
        (32, (4, 4, 8, 8, 16), (1, 1, 2, 1, 1), 32, 10) if small else
        (224, (64, 128, 256, 512, 512), (2, 2, 3, 3, 3), 4096, 1000))
    x = net.input(3, image, image, name="data")
    for width, repeat in zip(channels, repeats):
        for _ in range(repeat):
            x = net.relu(net.conv(x, width))
        x = net.max_pool(x, 2, 2)
    x = net.flatten(x)
    for _ in range(2):
        x = net.dropout(net.relu(net.linear(x, hidden)))
    return net.output(net.linear(x, classes), "logits")


def conv3x3(small):
    """One Conv and Relu: the layer that kernels are measured with"""
    net = Net("conv3x3")
    width, image = (16, 14) if small else (64, 56)
    return net.output(net.relu(net.conv(net.input(width, image, image), width)), "output")


def conv3x3_pool(small):
    """Conv, Relu, MaxPool, for the fused kernel"""
    net = Net("conv3x3_pool")
    width, image = (16, 14) if small else (64, 56)
    x = net.relu(net.conv(net.input(width, image, image), width))
    return net.output(net.max_pool(x, 2, 2), "output")
