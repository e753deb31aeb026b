#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Usage: run.sh OUT [PART...] [OPTION...]
#
#   a  every CUDA kernel against the oracle; the reference net over 10,000 images against the CPU library
#   b  small cases in compute-sanitizer, where that is installed
#   c  each schedule: GFLOP/s, and percent of the FP32 FMA peak measured in the same process
#   d  the reference net at batch 1 to 65,536: device-resident, with host copies, first run, graph replay
#   e  the reference net by PyTorch and by Ingot in turn, where python3 (or $INGOT_PYTHON) has PyTorch with CUDA
#
# All of them where none is named. Each ends within 4 minutes and writes OUT/<part>_*.json, and its table into
# OUT/results.md. What did not fit in its time is listed there.
#
#   --quick            few and short samples: they show that the kit works, and measure nothing
#   --images N         of the test set, in a
#   --kernels N        in a and c: of each table, from its start
#   --largest-batch N  in c, d and e
#   --limit SECONDS    after which a part begins nothing more (default 200)
#
# Exit code: 0; 1 where a part found something wrong or did not end; 2 usage; 3 where there is no driver, or no device of
# compute capability 8.0 or newer.
set -u

kit=$(cd "$(dirname "$0")" && pwd) || exit 1
program=$kit/bin/gpu_kit
python=${INGOT_PYTHON:-python3}
longest=240

usage() { sed -n '4,/^set/s/^# \{0,1\}//p' "$0"; }
refuse() { echo "run.sh: error: $1; see run.sh --help" >&2 && exit 2; }

case ${1:-} in
-h | --help) usage && exit 0 ;;
'' | -*) refuse "the folder of the results comes first" ;;
esac
out=$1
shift
parts= options= torch_options=
while [ $# -gt 0 ]; do
    case $1 in
    a | b | c | d | e) parts="$parts $1" ;;
    --quick) options="$options $1" torch_options="$torch_options $1" ;;
    --images | --kernels | --largest-batch | --limit)
        case ${2:-} in '' | *[!0-9]*) refuse "$1 needs a number" ;; esac
        options="$options $1 $2"
        case $1 in --largest-batch | --limit) torch_options="$torch_options $1 $2" ;; esac
        shift ;;
    *) refuse "'$1' is no part and no option" ;;
    esac
    shift
done

"$program" device || exit
mkdir -p "$out" || exit 1

# Why python3 cannot run part e; nothing where it can.
no_torch() {
    command -v "$python" >/dev/null 2>&1 || { echo "no $python" && return; }
    text=$(timeout 60 "$python" -c 'import sys, torch
if not torch.cuda.is_available(): sys.exit("the PyTorch of python3 finds no CUDA device")' 2>&1)
    code=$?
    last=$(printf '%s\n' "$text" | tail -n 1)
    case $code in
    0) ;;
    124) echo "$python did not import PyTorch within 60 s" ;;
    *) echo "${last:-$python ended with $code}" ;;
    esac
}

run_part() {
    if [ "$1" != e ]; then
        timeout "$longest" "$program" "$1" "$out" $options
        return
    fi
    reason=$(no_torch)
    if [ -n "$reason" ]; then
        "$program" skip-e "$out" "$reason"
        return
    fi
    timeout "$longest" "$python" "$kit/bin/compare_torch.py" "$kit" "$out" $torch_options
}

worst=0
for part in ${parts:-a b c d e}; do
    echo "part $part"
    run_part "$part"
    code=$?
    "$program" results "$out" || code=1
    case $code in
    0) ;;
    124) echo "part $part did not end within $longest s" && worst=1 ;;
    *) echo "part $part found something wrong: see $out/results.md" && worst=1 ;;
    esac
done
cat "$out/results.md"
exit $worst
