# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks of text lines and sounds: CRNN (Shi et al. 2015) without its recurrent layers, M5 (Dai et al. 2016) and the
depthwise separable keyword spotter of MLPerf Tiny (Zhang et al. 2017)."""

from architectures.builder import Net


def crnn(small):
    """2x1 MaxPool; ReduceMean and Squeeze over the height, Transpose to time first, MatMul and Add, LogSoftmax"""
    net = Net("crnn", opset=18, fold=False)
    width, columns, symbols = (4, 32, 11) if small else (64, 320, 97)
    x = net.relu(net.conv(net.input(1, 32, columns), width))
    x = net.max_pool(x, 2, 2)
    x = net.max_pool(net.relu(net.conv(x, 2 * width)), 2, 2)
    for channels in (4 * width, 8 * width):
        x = net.conv_bn(x, channels, act=Net.relu)
        x = net.max_pool(net.relu(net.conv(x, channels)), (2, 1), (2, 1))
    x = net.conv_bn(x, 8 * width, 2, pad=[0, 0, 0, 1], act=Net.relu)
    x = net.squeeze(net.reduce_mean(x, [2], 1), [2])
    x = net.transpose(x, [2, 0, 1])
    return net.output(net.softmax(net.matmul(x, symbols), "LogSoftmax", axis=2), "log_probabilities")


def m5(small):
    """1-D Conv, BatchNormalization and pools on raw sound; Transpose, LogSoftmax on three dimensions"""
    net = Net("m5", opset=15, batch="N", fold=False)
    width, samples, stages = (8, 2000, 3) if small else (32, 8000, 4)
    x = net.input(1, samples)
    for channels, kernel, stride in ((width, 80, 16), (width, 3, 1), (2 * width, 3, 1), (2 * width, 3, 1))[:stages]:
        x = net.conv(x, channels, kernel, stride, pad=0)
        x = net.max_pool(net.relu(net.batch_norm(x)), 4, 4)
    x = net.average_pool(x, x.shape[2:], x.shape[2:])
    x = net.transpose(x, [0, 2, 1])
    return net.output(net.softmax(net.matmul(x, 35), "LogSoftmax", axis=2), "log_probabilities")


def ds_cnn(small):
    """10x4 Conv with auto_pad, depthwise layers, BatchNormalization kept, AveragePool, Dropout, Identity"""
    net = Net("ds_cnn", opset=13, batch="N", fold=False)
    width, height, depth = (16, 25, 2) if small else (64, 49, 4)
    x = net.input(1, height, 10)
    x = net.conv_bn(x, width, (10, 4), 2, act=Net.relu, pad="SAME_UPPER")
    for _ in range(depth):
        x = net.depthwise(net.dropout(x), act=Net.relu, pad="SAME_UPPER")
        x = net.conv_bn(x, width, 1, act=Net.relu)
    x = net.average_pool(x, x.shape[2:], x.shape[2:])
    x = net.softmax(net.linear(net.flatten(x), 12))
    return net.output(net.unary("Identity", x), "probabilities")
