# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ARCHITECTURES: each network by name, as a function that builds it: its full size, or one small enough for tests."""

from architectures.concatenating import densenet121, shufflenet_v2, squeezenet1_1
from architectures.deeplab import deeplab_v3
from architectures.inception import googlenet, inception_v3
from architectures.mobilenet import (efficientnet_b0, mobilenet_v1, mobilenet_v1_vww, mobilenet_v2, mobilenet_v3_large,
                                     mobilenet_v3_small)
from architectures.plain import conv3x3, conv3x3_pool, lenet5, lenet5_relu, vgg16
from architectures.resnet import resnet8, resnet18, resnet50
from architectures.text_and_sound import crnn, ds_cnn, m5
from architectures.unet import unet, unet_resize
from architectures.yolo import yolo

ARCHITECTURES = {function.__name__: function for function in (
    lenet5, lenet5_relu, vgg16, resnet18, resnet50, mobilenet_v1, mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large,
    squeezenet1_1, shufflenet_v2, densenet121, efficientnet_b0, googlenet, inception_v3, unet, unet_resize, deeplab_v3,
    yolo, crnn, m5, resnet8, mobilenet_v1_vww, ds_cnn, conv3x3, conv3x3_pool)}
