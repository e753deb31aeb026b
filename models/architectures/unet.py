# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""U-Net (Ronneberger et al. 2015), with padding so that the size stays, as a transposed and as a resizing network."""

from architectures.builder import Net


def pad_to(net, x, like):
    """functional.pad by half the difference of the two sizes on each side, which the graph computes.

    The sizes are equal where the image's are multiples of 16: then this pads nothing.
    """
    pads = []
    for axis in (2, 3):
        difference = net.node("Sub", [net.size(like, axis), net.size(x, axis)], [])
        begin = net.node("Div", [difference, net.constant(2)], [])
        pads.append((begin, net.node("Sub", [difference, begin], [])))
    (top, bottom), (left, right) = pads
    return net.node("Pad", [x, net.sizes([0, 0, top, left, 0, 0, bottom, right])], x.shape)


def u_net(net, up, small, halve_bottom):
    """up(net, x): enlarges twice; halve_bottom: whether it keeps the channels, so that the deepest level has half."""
    image, width, levels = (32, 4, 2) if small else (256, 64, 4)
    factor = 2 if halve_bottom else 1

    def double(x, channels, middle=None):
        x = net.conv_bn(x, middle or channels, act=Net.relu)
        return net.conv_bn(x, channels, act=Net.relu)

    x = double(net.input(3, image, image), width)
    skips = []
    for level in range(1, levels + 1):
        skips.append(x)
        x = double(net.max_pool(x, 2, 2), (width << level) // (factor if level == levels else 1))
    for level in reversed(range(levels)):
        x = net.concat([skips[level], pad_to(net, up(net, x), skips[level])])
        x = double(x, (width << level) // (factor if level > 0 else 1), x.shape[1] // 2)
    return net.output(net.conv(x, 2, 1), "masks")


def unet(small):
    """ConvTranspose, Concat with what skips; Pad by sizes that the graph computes; BatchNormalization kept"""
    net = Net("unet", opset=16, fold=False)
    return u_net(net, lambda net, x: net.conv_transpose(x, x.shape[1] // 2), small, False)


def unet_resize(small):
    """Resize, bilinear with align_corners, in the form of opset 11, in place of ConvTranspose"""
    net = Net("unet_resize", opset=11, ir=6)
    attributes = dict(mode="linear", coordinate_transformation_mode="align_corners")
    return u_net(net, lambda net, x: net.resize(x, 2, **attributes), small, True)
