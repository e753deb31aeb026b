# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Residual networks (He et al. 2015), and the one of MLPerf Tiny."""

from architectures.builder import Net


def shortcut(net, x, channels, stride, kernel=1):
    """x itself where the shape stays, else a projection of it."""
    return x if stride == 1 and x.shape[1] == channels else net.conv_bn(x, channels, kernel, stride)


def residual(net, branch, x):
    """relu(branch + x); what the ReLU cuts off is of the branch where x is not negative."""
    return net.relu(net.add(branch, x))._replace(power=branch.power / 2 + x.power)


def basic(net, x, channels, stride):
    branch = net.conv_bn(x, channels, 3, stride, act=Net.relu)
    branch = net.conv_bn(branch, channels)
    return residual(net, branch, shortcut(net, x, channels, stride))


def bottleneck(net, x, channels, stride, dilation=1):
    branch = net.conv_bn(x, channels, 1, act=Net.relu)
    branch = net.conv_bn(branch, channels, 3, stride, dilation=dilation, act=Net.relu)
    branch = net.conv_bn(branch, 4 * channels, 1)
    return residual(net, branch, shortcut(net, x, 4 * channels, stride))


def resnet(net, block, depths, small):
    """The network of torchvision: the stride of a bottleneck is at its 3x3 convolution."""
    image, width, classes = (32, 8, 10) if small else (224, 64, 1000)
    x = net.conv_bn(net.input(3, image, image), width, 7, 2, act=Net.relu)
    x = net.max_pool(x, 3, 2, pad=1)
    for stage, depth in enumerate(depths):
        for i in range(depth):
            x = block(net, x, width << stage, 2 if stage > 0 and i == 0 else 1)
    x = net.flatten(net.global_average_pool(x))
    return net.output(net.linear(x, classes), "logits")


def resnet18(small):
    """Dynamic batch, BatchNormalization kept; Add, Flatten"""
    net = Net("resnet18", opset=13, ir=7, batch="N", fold=False)
    return resnet(net, basic, (1, 1, 1) if small else (2, 2, 2, 2), small)


def resnet50(small):
    """Folded BatchNormalization; bottlenecks with projections"""
    return resnet(Net("resnet50", opset=17), bottleneck, (1, 1, 2) if small else (3, 4, 6, 3), small)


def resnet8(small):
    """As tf2onnx: NHWC input behind a Transpose, auto_pad, AveragePool, Reshape to [-1, c], an unused ai.onnx.ml"""
    net = Net("resnet8", opset=13, batch="N", imports={"ai.onnx.ml": 2})
    image = 16 if small else 32
    x = net.transpose(net.input(image, image, 3), [0, 3, 1, 2])
    x = net.conv_bn(x, 16, act=Net.relu, pad="SAME_UPPER")
    for channels, stride in ((16, 1), (32, 2), (64, 2))[:2 if small else 3]:
        branch = net.conv_bn(x, channels, 3, stride, act=Net.relu, pad="SAME_UPPER")
        branch = net.conv_bn(branch, channels, pad="SAME_UPPER")
        if stride > 1:
            x = net.conv(x, channels, 1, stride, pad="SAME_UPPER")
        x = residual(net, branch, x)
    x = net.average_pool(x, x.shape[2:], 1)
    x = net.reshape(x, [-1, x.shape[1]], (net.batch, x.shape[1]))
    return net.output(net.softmax(net.linear(x, 10), axis=-1), "probabilities")
