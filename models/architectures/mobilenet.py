# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""MobileNets (Howard et al. 2017, Sandler et al. 2018, Howard et al. 2019), EfficientNet-B0 (Tan and Le 2019).

The later ones are chains of inverted residuals: expand by a 1x1 convolution, filter each channel, weigh the channels by
squeeze and excitation, project by a 1x1 convolution, and add the input where the shape stays.
"""

from architectures.builder import Net


# The layers of the first version: channels, as a multiple of the first layer's, and stride.
SEPARABLE = ((2, 1), (4, 2), (4, 1), (8, 2), (8, 1), (16, 2), *[(16, 1)] * 5, (32, 2), (32, 1))


def divisible(channels):
    """Rounds to a multiple of 8, by at most 10 % downwards."""
    rounded = max(8, (int(channels) + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels else rounded


def squeeze_excite(net, x, squeezed, act, gate, pool):
    """x * gate(conv(act(conv(mean of each channel))))"""
    scale = net.conv(pool(net, x), squeezed, 1)
    scale = net.conv(act(net, scale), x.shape[1], 1)
    return net.mul(x, gate(net, scale))


def global_mean(net, x):
    """x.mean([2, 3], keepdim=True)"""
    return net.reduce_mean(x, [2, 3], 1)


def inverted_residual(net, x, expanded, channels, kernel, stride, act, excite=None, **bn):
    y = x
    if expanded != x.shape[1]:
        y = net.conv_bn(y, expanded, 1, act=act, **bn)
    y = net.depthwise(y, kernel, stride, act=act, **bn)
    if excite:
        y = excite(y)
    y = net.conv_bn(y, channels, 1, **bn)
    return net.add(x, y) if stride == 1 and x.shape[1] == channels else y


def mobilenet_v1(small):
    """As TensorFlow: a Pad node before each strided Conv, ReLU6 as Clip with attributes, ReduceMean, classes by Conv"""
    net = Net("mobilenet_v1", opset=10, ir=5, fold=False)
    image, width, classes = (32, 8, 10) if small else (224, 32, 1000)
    padded = lambda x, stride: (net.pad(x, 0, 0, 1, 1), 0) if stride == 2 else (x, 1)
    x, pad = padded(net.input(3, image, image), 2)
    x = net.conv_bn(x, width, 3, 2, act=Net.relu6, pad=pad, epsilon=1e-3)
    for factor, stride in SEPARABLE[:6 if small else None]:
        x, pad = padded(x, stride)
        x = net.depthwise(x, 3, stride, act=Net.relu6, pad=pad, epsilon=1e-3)
        x = net.conv_bn(x, factor * width, 1, act=Net.relu6, epsilon=1e-3)
    x = net.dropout(net.reduce_mean(x, [2, 3], 1))
    x = net.squeeze(net.conv(x, classes, 1), [2, 3])
    return net.output(net.softmax(x), "probabilities")


def mobilenet_v1_vww(small):
    """Visual wake words of MLPerf Tiny, width 0.25: NHWC input, auto_pad, AveragePool, Reshape"""
    net = Net("mobilenet_v1_vww", opset=13, batch="N")
    image = 32 if small else 96
    x = net.transpose(net.input(image, image, 3), [0, 3, 1, 2])
    x = net.conv_bn(x, 8, 3, 2, act=Net.relu, pad="SAME_UPPER")
    for factor, stride in SEPARABLE[:6 if small else None]:
        x = net.depthwise(x, 3, stride, act=Net.relu, pad="SAME_UPPER")
        x = net.conv_bn(x, 8 * factor, 1, act=Net.relu)
    x = net.average_pool(x, x.shape[2:], x.shape[2:])
    x = net.reshape(x, [-1, x.shape[1]], (net.batch, x.shape[1]))
    return net.output(net.softmax(net.linear(x, 2)), "probabilities")


def mobilenet_v2(small):
    """Dynamic batch; Clip with inputs, linear bottlenecks, ReduceMean without kept axes"""
    net = Net("mobilenet_v2", opset=13, ir=7, batch="N")
    image, first, last, classes, stages = (
        (32, 8, 64, 10, ((1, 8, 1, 1), (6, 8, 2, 2), (6, 16, 2, 2))) if small else
        (224, 32, 1280, 1000, ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
                               (6, 160, 3, 2), (6, 320, 1, 1))))
    x = net.conv_bn(net.input(3, image, image), first, 3, 2, act=Net.relu6)
    for factor, channels, repeat, stride in stages:
        for i in range(repeat):
            x = inverted_residual(net, x, factor * x.shape[1], channels, 3, stride if i == 0 else 1, Net.relu6)
    x = net.conv_bn(x, last, 1, act=Net.relu6)
    return net.output(net.linear(net.reduce_mean(x, [2, 3], 0), classes), "logits")


def mobilenet_v3(net, rows, small, last, hidden, pool):
    """rows: kernel, expanded, channels, squeeze and excitation or not, activation, stride."""
    image, divisor, classes = (32, 8, 10) if small else (224, 1, 1000)
    narrow = lambda channels: divisible(channels / divisor)
    x = net.conv_bn(net.input(3, image, image), narrow(16), 3, 2, act=Net.hard_swish, epsilon=1e-3)
    for kernel, expanded, channels, excited, act, stride in rows:
        squeezed = divisible(narrow(expanded) / 4)
        excite = lambda y: squeeze_excite(net, y, squeezed, Net.relu, Net.hard_sigmoid, pool)
        x = inverted_residual(net, x, narrow(expanded), narrow(channels), kernel, stride, act,
                              excite if excited else None, epsilon=1e-3)
    x = net.conv_bn(x, narrow(last), 1, act=Net.hard_swish, epsilon=1e-3)
    x = net.flatten(net.global_average_pool(x))
    x = net.hard_swish(net.linear(x, narrow(hidden)))
    return net.output(net.linear(x, classes), "logits")


def mobilenet_v3_small(small):
    """Squeeze and excitation by GlobalAveragePool; HardSwish and HardSigmoid as nodes; BatchNormalization kept"""
    relu, swish = Net.relu, Net.hard_swish
    rows = ((3, 16, 16, True, relu, 2), (3, 72, 24, False, relu, 2), (3, 88, 24, False, relu, 1),
            (5, 96, 40, True, swish, 2), *[(5, 240, 40, True, swish, 1)] * 2, (5, 120, 48, True, swish, 1),
            (5, 144, 48, True, swish, 1), (5, 288, 96, True, swish, 2), *[(5, 576, 96, True, swish, 1)] * 2)
    net = Net("mobilenet_v3_small", opset=14, ir=7, fold=False)
    return mobilenet_v3(net, rows[:5] if small else rows, small, 576, 1024, Net.global_average_pool)


def mobilenet_v3_large(small):
    """Squeeze and excitation by ReduceMean; hard-swish and hard-sigmoid as Add, Clip, Mul, Div"""
    relu, swish = Net.relu, Net.hard_swish
    rows = ((3, 16, 16, False, relu, 1), (3, 64, 24, False, relu, 2), (3, 72, 24, False, relu, 1),
            (5, 72, 40, True, relu, 2), *[(5, 120, 40, True, relu, 1)] * 2, (3, 240, 80, False, swish, 2),
            (3, 200, 80, False, swish, 1), *[(3, 184, 80, False, swish, 1)] * 2, (3, 480, 112, True, swish, 1),
            (3, 672, 112, True, swish, 1), (5, 672, 160, True, swish, 2), *[(5, 960, 160, True, swish, 1)] * 2)
    net = Net("mobilenet_v3_large", opset=11, ir=6)
    chosen = [rows[i] for i in (0, 1, 3, 4, 6, 8)] if small else rows
    return mobilenet_v3(net, chosen, small, 960, 1280, global_mean)


def efficientnet_b0(small):
    """Weights in external data; SiLU as Sigmoid and Mul; squeeze and excitation by ReduceMean with axes as an input"""
    net = Net("efficientnet_b0", opset=18, batch="N", weights="external")
    image, first, last, classes, stages = (
        (32, 8, 64, 10, ((1, 8, 1, 1, 3), (6, 8, 2, 2, 3), (6, 16, 1, 2, 5))) if small else
        (224, 32, 1280, 1000, ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3),
                               (6, 112, 3, 1, 5), (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))))
    x = net.conv_bn(net.input(3, image, image), first, 3, 2, act=Net.silu)
    for factor, channels, repeat, stride, kernel in stages:
        for i in range(repeat):
            squeezed = max(1, x.shape[1] // 4)
            excite = lambda y: squeeze_excite(net, y, squeezed, Net.silu, Net.sigmoid, global_mean)
            x = inverted_residual(net, x, factor * x.shape[1], channels, kernel, stride if i == 0 else 1, Net.silu,
                                  excite)
    x = net.conv_bn(x, last, 1, act=Net.silu)
    x = net.flatten(net.global_average_pool(x))
    return net.output(net.linear(x, classes), "logits")
