# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""GoogLeNet (Szegedy et al. 2014) and Inception v3 (Szegedy et al. 2015), without the classifiers used in training."""

from architectures.builder import Net


def googlenet(small):
    """As Caffe: IR 3 with the weights listed as inputs; LRN, MaxPool with end pads, Dropout, Reshape to [0, -1]"""
    net = Net("googlenet", opset=9, ir=3, weights="inputs")
    image, divisor, classes = (48, 8, 10) if small else (224, 1, 1000)
    conv = lambda x, channels, kernel, stride=1: net.relu(net.conv(x, channels // divisor, kernel, stride))
    normalised = lambda x: net.node("LRN", [x], x.shape, size=5, alpha=1e-4, beta=0.75, bias=1.0)
    halved = lambda x: net.max_pool(x, 3, 2, pad=[0, 0, 1, 1])

    def inception(x, one, reduced3, three, reduced5, five, pooled):
        return net.concat([conv(x, one, 1), conv(conv(x, reduced3, 1), three, 3), conv(conv(x, reduced5, 1), five, 5),
                           conv(net.max_pool(x, 3, 1, pad=1), pooled, 1)])

    x = normalised(halved(conv(net.input(3, image, image, name="data_0"), 64, 7, 2)))
    x = halved(normalised(conv(conv(x, 64, 1), 192, 3)))
    stages = (
        ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)),
        ((192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
         (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128)),
        ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)))
    for i, stage in enumerate(stages[:2] if small else stages):
        x = halved(x) if i > 0 else x
        for widths in stage[:2] if small else stage:
            x = inception(x, *widths)
    x = net.dropout(net.average_pool(x, x.shape[2:], 1))
    x = net.reshape(x, [0, -1], (1, x.shape[1]))
    return net.output(net.softmax(net.linear(x, classes)), "prob_1")


def inception_v3(small):
    """Input transform by Gather, Unsqueeze, Mul, Add, Concat; AveragePool with count_include_pad, 1x7 and 7x1 Conv"""
    net = Net("inception_v3", opset=17)
    image, divisor, classes = (139, 16, 10) if small else (299, 1, 1000)

    def conv(x, channels, kernel, stride=1, pad=None):
        return net.conv_bn(x, channels // divisor, kernel, stride, pad=pad, act=Net.relu, epsilon=1e-3)

    def chain(x, *layers):
        for channels, kernel in layers:
            x = conv(x, channels, kernel)
        return x

    def pooled(x, channels):
        return conv(net.average_pool(x, 3, 1, pad=1, count_include_pad=1), channels, 1)

    def transform_input(x):
        """From the mean and deviation of each colour of ImageNet to 0.5 and 0.5."""
        planes = []
        for i, (mean, deviation) in enumerate(((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))):
            plane = net.node("Gather", [x, net.constant(i)], (x.shape[0], *x.shape[2:]), axis=1)
            plane = net.parameterised(13, "Unsqueeze", plane, (x.shape[0], 1, *x.shape[2:]), axes=[1])
            plane = net.node("Mul", [plane, net.scalar(deviation / 0.5)], plane.shape)
            planes.append(net.node("Add", [plane, net.scalar((mean - 0.5) / 0.5)], plane.shape, 0.25))
        return net.concat(planes)

    def a(x, features):
        return net.concat([conv(x, 64, 1), chain(x, (48, 1), (64, 5)), chain(x, (64, 1), (96, 3), (96, 3)),
                           pooled(x, features)])

    def b(x):
        return net.concat([conv(x, 384, 3, 2, 0), conv(chain(x, (64, 1), (96, 3)), 96, 3, 2, 0), net.max_pool(x, 3, 2)])

    def c(x, width):
        return net.concat([
            conv(x, 192, 1), chain(x, (width, 1), (width, (1, 7)), (192, (7, 1))),
            chain(x, (width, 1), (width, (7, 1)), (width, (1, 7)), (width, (7, 1)), (192, (1, 7))), pooled(x, 192)])

    def d(x):
        return net.concat([conv(conv(x, 192, 1), 320, 3, 2, 0),
                           conv(chain(x, (192, 1), (192, (1, 7)), (192, (7, 1))), 192, 3, 2, 0), net.max_pool(x, 3, 2)])

    def e(x):
        wide = lambda y: net.concat([conv(y, 384, (1, 3)), conv(y, 384, (3, 1))])
        return net.concat([conv(x, 320, 1), wide(conv(x, 384, 1)), wide(chain(x, (448, 1), (384, 3))), pooled(x, 192)])

    x = conv(transform_input(net.input(3, image, image)), 32, 3, 2, 0)
    x = net.max_pool(conv(conv(x, 32, 3, 1, 0), 64, 3), 3, 2)
    x = net.max_pool(conv(conv(x, 80, 1), 192, 3, 1, 0), 3, 2)
    for features in (32,) if small else (32, 64, 64):
        x = a(x, features)
    x = b(x)
    for width in (128,) if small else (128, 160, 160, 192):
        x = c(x, width)
    x = d(x)
    for _ in range(1 if small else 2):
        x = e(x)
    x = net.flatten(net.global_average_pool(x))
    return net.output(net.linear(x, classes), "logits")
