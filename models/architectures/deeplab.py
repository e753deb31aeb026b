# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""DeepLab v3 (Chen et al. 2017) on ResNet-50: segmentation by dilated convolutions."""

from architectures.builder import Net
from architectures.resnet import bottleneck

BILINEAR = dict(mode="linear", coordinate_transformation_mode="half_pixel")


def deeplab_v3(small):
    """Dilated Conv; bilinear Resize, also of a 1x1 image, to a size that the graph cuts out of a Shape by Slice"""
    net = Net("deeplab_v3", opset=16)
    image, width, features, classes, depths, rates = (
        (48, 4, 8, 5, (1, 1, 2, 1), (2, 3, 4)) if small else (256, 64, 256, 21, (3, 4, 6, 3), (12, 24, 36)))
    source = net.input(3, image, image)
    x = net.max_pool(net.conv_bn(source, width, 7, 2, act=Net.relu), 3, 2, pad=1)

    # The last two stages dilate in place of a stride; a stage's first block has the dilation of the stage before.
    before = 1
    for stage, (depth, dilation) in enumerate(zip(depths, (1, 1, 2, 4))):
        for i in range(depth):
            x = bottleneck(net, x, width << stage, 2 if stage == 1 and i == 0 else 1, before if i == 0 else dilation)
        before = dilation

    # The pyramid: windows of several widths, and the mean of the whole image.
    branches = [net.conv_bn(x, features, 1, act=Net.relu)]
    for rate in rates:
        branches.append(net.conv_bn(x, features, 3, dilation=rate, act=Net.relu))
    mean = net.conv_bn(net.global_average_pool(x), features, 1, act=Net.relu)
    branches.append(net.resize_like(mean, x, **BILINEAR))
    x = net.conv_bn(net.concat(branches), features, 1, act=Net.relu)
    x = net.conv(net.conv_bn(x, features, act=Net.relu), classes, 1)
    return net.output(net.resize_like(x, source, **BILINEAR), "masks")
