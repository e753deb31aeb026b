# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SqueezeNet 1.1 (Iandola et al. 2016), ShuffleNet v2 (Ma et al. 2018), DenseNet-121 (Huang et al. 2016)."""

from architectures.builder import Net


def squeezenet1_1(small):
    """Weights in Constant nodes; Concat of two branches, MaxPool with ceil_mode, Dropout, classes by Conv"""
    net = Net("squeezenet1_1", opset=12, ir=6, weights="constants")
    image, divisor, classes = (48, 8, 10) if small else (224, 1, 1000)
    x = net.relu(net.conv(net.input(3, image, image), 64 // divisor, 3, 2, pad=0))
    for stage in ((16, 16), (32, 32), (48, 48, 64, 64)):
        x = net.max_pool(x, 3, 2, ceil=True)
        for channels in stage:
            squeezed = net.relu(net.conv(x, channels // divisor, 1))
            x = net.concat([net.relu(net.conv(squeezed, 4 * channels // divisor, kernel)) for kernel in (1, 3)])
    x = net.relu(net.conv(net.dropout(x), classes, 1))
    return net.output(net.flatten(net.global_average_pool(x)), "logits")


def channel_shuffle(net, x, groups):
    """x.view(n, groups, c / groups, h, w).transpose(1, 2).view(n, c, h, w), whose sizes the graph computes."""
    n, c, h, w = x.shape
    batch, height, width = (net.size(x, axis) for axis in (0, 2, 3))
    x = net.view(x, [batch, groups, c // groups, height, width], (n, groups, c // groups, h, w))
    x = net.transpose(x, [0, 2, 1, 3, 4])
    return net.view(x, [batch, c, height, width], (n, c, h, w))


def shufflenet_v2(small):
    """Channel Split; channel shuffle by Reshape and Transpose with shape arithmetic; ReduceMean"""
    net = Net("shufflenet_v2", opset=13, ir=7, batch="N")
    image, stages, last, classes = (
        (32, ((16, 2), (32, 2)), 64, 10) if small else (224, ((116, 4), (232, 8), (464, 4)), 1024, 1000))
    x = net.conv_bn(net.input(3, image, image), stages[0][0] // 2 if small else 24, 3, 2, act=Net.relu)
    x = net.max_pool(x, 3, 2, pad=1)
    for channels, repeat in stages:
        half = channels // 2
        for i in range(repeat):
            stride = 2 if i == 0 else 1
            if i == 0:
                left, right = net.conv_bn(net.depthwise(x, 3, stride), half, 1, act=Net.relu), x
            else:
                left, right = net.split(x, 2)
            right = net.conv_bn(right, half, 1, act=Net.relu)
            right = net.conv_bn(net.depthwise(right, 3, stride), half, 1, act=Net.relu)
            x = channel_shuffle(net, net.concat([left, right]), 2)
    x = net.conv_bn(x, last, 1, act=Net.relu)
    return net.output(net.linear(net.reduce_mean(x, [2, 3], 0), classes), "logits")


def densenet121(small):
    """BatchNormalization and Relu before each Conv, on growing Concats; AveragePool"""
    net = Net("densenet121", opset=9, ir=4, fold=False)
    image, growth, depths, classes = (32, 8, (2, 2, 3), 10) if small else (224, 32, (6, 12, 24, 16), 1000)
    active = lambda x: net.relu(net.batch_norm(x))
    x = net.conv_bn(net.input(3, image, image), 2 * growth, 7, 2, act=Net.relu)
    x = net.max_pool(x, 3, 2, pad=1)
    for stage, depth in enumerate(depths):
        if stage > 0:
            x = net.average_pool(net.conv(active(x), x.shape[1] // 2, 1, bias=False), 2, 2)
        features = [x]
        for _ in range(depth):
            x = net.concat(features) if len(features) > 1 else x
            bottleneck = net.conv_bn(active(x), 4 * growth, 1, act=Net.relu)
            features.append(net.conv(bottleneck, growth, bias=False))
        x = net.concat(features)
    x = net.flatten(net.global_average_pool(active(x)))
    return net.output(net.linear(x, classes), "logits")
