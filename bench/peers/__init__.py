# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Networks compiled by Ingot against what else runs them on a CPU: ./dev peers."""
