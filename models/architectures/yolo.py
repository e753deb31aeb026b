# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A detector of the YOLO family: cross-stage partial blocks, a pyramid down and up, three heads, boxes decoded."""

import numpy as np

from architectures.builder import Net

ANCHORS = (((10, 13), (16, 30), (33, 23)), ((30, 61), (62, 45), (59, 119)), ((116, 90), (156, 198), (373, 326)))


def conv(net, x, channels, kernel=1, stride=1, pad=None):
    return net.conv_bn(x, channels, kernel, stride, pad=pad, act=Net.silu, epsilon=1e-3)


def cross_stage(net, x, channels, depth, residual=True):
    """Half of the channels through `depth` bottlenecks, half past them."""
    y, past = conv(net, x, channels // 2), conv(net, x, channels // 2)
    for _ in range(depth):
        branch = conv(net, conv(net, y, channels // 2), channels // 2, 3)
        y = net.add(y, branch) if residual else branch
    return conv(net, net.concat([y, past]), channels)


def pyramid_pool(net, x):
    """Three max-pools in a row, and all four stages of it side by side: windows of 1, 5, 9 and 13."""
    stages = [conv(net, x, x.shape[1] // 2)]
    for _ in range(3):
        stages.append(net.max_pool(stages[-1], 5, 1, pad=2)._replace(power=10 * stages[0].power))
    return conv(net, net.concat(stages), x.shape[1])


def decode(net, raw, anchors, stride):
    """[n, anchors, h, w, 5 + classes] to boxes [n, anchors * h * w, 5 + classes]: x, y, width, height, scores.

    With s = sigmoid(raw): the centre is (2 s - 0.5 + cell) * stride, the size (2 s)^2 * anchor.
    """
    n, count, h, w, numbers = raw.shape
    s = net.sigmoid(raw)

    def part(begin, end):
        return net.node("Slice", [s, net.constant([begin]), net.constant([end]), net.constant([4])],
                        (n, count, h, w, min(end, numbers) - begin))

    cells = np.stack(np.meshgrid(np.arange(w), np.arange(h)), -1).astype(np.float32)
    sizes = np.array(anchors, np.float32).reshape(1, count, 1, 1, 2)
    with_constant = lambda op, x, numbers: net.node(op, [x, net.constant(numbers, np.float32)], x.shape)
    centre = with_constant("Add", with_constant("Mul", part(0, 2), 2), cells[None, None] - 0.5)
    centre = with_constant("Mul", centre, stride)
    size = with_constant("Mul", with_constant("Pow", with_constant("Mul", part(2, 4), 2), 2), sizes)
    boxes = net.concat([centre, size, part(4, 2 ** 63 - 1)], axis=4)
    return net.reshape(boxes, [n, -1, numbers], (n, count * h * w, numbers))


def yolo(small):
    """SiLU; three 5x5 MaxPool of stride 1; nearest Resize; Slice, Pow, a grid in the decoder; four outputs; metadata"""
    net = Net("yolo", opset=17, metadata={"stride": "32", "names": "{0: 'person'}"})
    image, width, classes, depths = (64, 3, 4, (1, 1, 1, 1)) if small else (640, 16, 80, (1, 2, 3, 1))
    x = conv(net, net.input(3, image, image, name="images"), width, 6, 2, pad=2)
    levels = []
    for i, depth in enumerate(depths):
        channels = width << (i + 1)
        x = cross_stage(net, conv(net, x, channels, 3, 2), channels, depth)
        levels.append(x)
    third, fourth, fifth = levels[1], levels[2], pyramid_pool(net, x)

    nearest = dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    top = conv(net, fifth, 8 * width)
    x = cross_stage(net, net.concat([net.resize(top, 2, **nearest), fourth]), 8 * width, 1, residual=False)
    middle = conv(net, x, 4 * width)
    x = cross_stage(net, net.concat([net.resize(middle, 2, **nearest), third]), 4 * width, 1, residual=False)
    heads = [x]
    for skip in (middle, top):
        x = net.concat([conv(net, x, x.shape[1], 3, 2), skip])
        x = cross_stage(net, x, x.shape[1], 1, residual=False)
        heads.append(x)

    boxes = []
    for i, (x, anchors) in enumerate(zip(heads, ANCHORS)):
        numbers, (n, _, h, w) = 5 + classes, x.shape
        x = net.conv(x, len(anchors) * numbers, 1)
        x = net.reshape(x, [n, len(anchors), numbers, h, w], (n, len(anchors), numbers, h, w))
        raw = net.transpose(x, [0, 1, 3, 4, 2])
        boxes.append(decode(net, raw, anchors, image // h))
        net.output(raw, f"head{i}")
    return net.output(net.concat(boxes, axis=1), "boxes")
