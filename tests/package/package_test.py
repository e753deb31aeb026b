# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The folder that `ingot compile` writes, used as a stranger uses it."""

import json
import pathlib
import re
import shutil
import tempfile
import unittest

import halide
from ingot_program import MNIST_CNN, SOURCE, INGOT, compile_model, run, run_ok, write_tiny_model
from mnist_pattern import PatternLogits

LEVELS = ["x86-64-v2", "x86-64-v3", "x86-64-v4"]
STRICT = ["-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
LIBC = {"aligned_alloc", "free", "memcpy", "memset", "strcmp", "strlen", "strncmp", "strnlen"}
# Of the member team, whose threads a session has where it is asked for them.
LIBC_OF_THREADS = LIBC | {"clock_gettime", "pthread_cond_broadcast", "pthread_cond_destroy", "pthread_cond_init",
                          "pthread_cond_wait", "pthread_create", "pthread_join", "pthread_mutex_destroy",
                          "pthread_mutex_init", "pthread_mutex_lock", "pthread_mutex_unlock", "pthread_sigmask",
                          "sigdelset", "sigfillset"}
# Of the members cuda_*, which a linker takes only for models that hold CUDA kernels.
LIBC_OF_CUDA = LIBC | {"__snprintf_chk", "dlerror", "dlopen", "dlsym", "pthread_once", "snprintf", "strstr"}

MAIN_C = r"""
#include <mnist_cnn.h>
#include <stdio.h>

int main(void) {
    static float images[2 * MNIST_CNN_IMAGE_SIZE], logits[2 * MNIST_CNN_LOGITS_SIZE];
    ingot_session *session;
    ingot_status status;
    int i;
    for (i = 0; i < 2 * MNIST_CNN_IMAGE_SIZE; ++i) {
        images[i] = (float)(i * 37 % 101) / 100.0f;
    }
    status = ingot_session_create(&mnist_cnn_model, NULL, &session);
    if (status == INGOT_OK) {
        status = mnist_cnn_run(session, images, logits, 2);
    }
    ingot_session_destroy(session);
    for (i = 0; i < 2 * MNIST_CNN_LOGITS_SIZE; ++i) {
        printf("%.9g\n", (double)logits[i]);
    }
    if (status != INGOT_OK) {
        puts(ingot_status_message(status));
    }
    return (int)status;
}
"""

MAIN_CPP = r"""
#include <mnist_cnn.h>
#include <stdio.h>
#include <utility>

int main() {
    static float images[2 * MNIST_CNN_IMAGE_SIZE], logits[2 * MNIST_CNN_LOGITS_SIZE];
    for (int i = 0; i < 2 * MNIST_CNN_IMAGE_SIZE; ++i) {
        images[i] = static_cast<float>(i * 37 % 101) / 100.0f;
    }
    alignas(MNIST_CNN_ARENA_ALIGNMENT) static unsigned char arena[MNIST_CNN_ARENA_BYTES];
    ingot::Options options = ingot::default_options();
    options.arena = arena;
    options.arena_bytes = sizeof(arena);
    mnist_cnn::Session made(options);
    mnist_cnn::Session session(std::move(made));
#if __cplusplus >= 202002L
    ingot::Status status = INGOT_OK;
    for (std::size_t i = 0; i < 2 && status; ++i) {
        const std::span<const float, 784> image(images + i * 784, 784);
        const std::span<float, 10> row(logits + i * 10, 10);
        status = session.run(image, row);
    }
#else
    const ingot::Status status = session.run(images, logits, 2);
#endif
    for (float logit : logits) {
        printf("%.9g\n", static_cast<double>(logit));
    }
    return status ? 0 : 1;
}
"""


def symbols(archive, *options):
    """Name to type of an archive's symbols."""
    lines = run_ok("nm", "--format=posix", *options, archive).splitlines()
    return {line.split()[0]: line.split()[1] for line in lines if len(line.split()) > 1}


class Package(unittest.TestCase):
    """One package of the reference network, moved away from where it was written, and one of a tiny model."""

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="ingot-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.root)
        written = compile_model(MNIST_CNN, cls.root / "written")
        cls.folder = cls.root / "moved" / "package"
        cls.folder.parent.mkdir()
        written.rename(cls.folder)
        tiny = write_tiny_model(cls.root / "tiny.onnx", ("sum", "relu"))
        cls.tiny = compile_model(tiny, cls.root / "tiny")
        cls.model = cls.folder / "lib" / "libmnist_cnn.a"
        cls.runtime = cls.folder / "lib" / "libingot_runtime.a"
        cls.manifest = json.loads((cls.folder / "mnist_cnn.json").read_text())
        cls.logits = PatternLogits()

    def build(self, name, source, compiler, *options, packages=(), libraries=("-lmnist_cnn",)):
        """Builds a program as the documentation says: the compiler, -I, -L, -l."""
        file = self.root / name
        file.write_text(source)
        program = file.with_suffix("")
        folders = [self.folder, *packages]
        paths = [f"-I{folder}/include" for folder in folders] + [f"-L{folder}/lib" for folder in folders]
        run_ok(compiler, *options, file, *paths, *libraries, "-lingot_runtime", "-o", program)
        return program

    def assert_reads_digits(self, printed):
        self.assertEqual(self.logits.difference(printed), "")

    def needed(self, program):
        dynamic = run_ok("readelf", "--dynamic", "--wide", program)
        return re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)


class Linking(Package):
    def test_files(self):
        files = sorted(str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file())
        self.assertEqual(
            files,
            [
                "include/ingot/runtime.h",
                "include/mnist_cnn.h",
                "lib/cmake/mnist_cnn/mnist_cnn-config.cmake",
                "lib/libingot_runtime.a",
                "lib/libmnist_cnn.a",
                "mnist_cnn.json",
            ],
        )

    def test_c99(self):
        for compiler in filter(shutil.which, ["cc", "gcc", "clang"]):
            with self.subTest(compiler):
                program = self.build("c99.c", MAIN_C, compiler, "-std=c99", *STRICT)
                self.assertEqual(self.needed(program), ["libc.so.6"])
                self.assert_reads_digits(run_ok(program))

    def test_c99_static(self):
        self.assert_reads_digits(run_ok(self.build("static.c", MAIN_C, "cc", "-std=c99", "-static", *STRICT)))

    @unittest.skipUnless(shutil.which("clang"), "no clang")
    def test_tables_compiled_by_clang(self):
        clang = {"INGOT_CC": "clang -O1"}
        package = compile_model(MNIST_CNN, self.root / "tables", "--name", "by_clang", environment=clang)
        source = MAIN_C.replace("mnist_cnn", "by_clang").replace("MNIST_CNN", "BY_CLANG")
        program = self.build("by_clang.c", source, "cc", packages=[package], libraries=["-lby_clang"])
        self.assert_reads_digits(run_ok(program))

    def test_cpp(self):
        for compiler in filter(shutil.which, ["c++", "clang++"]):
            for standard in ["c++17", "c++20"]:
                for options in [[], ["-fno-exceptions", "-fno-rtti"]]:
                    with self.subTest(compiler=compiler, standard=standard, options=options):
                        program = self.build("app.cpp", MAIN_CPP, compiler, f"-std={standard}", *STRICT, *options)
                        self.assert_reads_digits(run_ok(program))

    def test_cpp_without_its_library(self):
        program = self.build("plain.cpp", MAIN_CPP, "cc", "-std=c++17", "-fno-exceptions", "-fno-rtti", *STRICT)
        self.assertEqual(self.needed(program), ["libc.so.6"])

    def test_no_executable_stack(self):
        program = self.build("stack.c", MAIN_C, "cc", "-std=c99", "-Wl,--fatal-warnings")
        self.assertRegex(run_ok("readelf", "--segments", "--wide", program), r"GNU_STACK .* RW +0x")

    def test_sanitized(self):
        package = compile_model(MNIST_CNN, self.root / "sanitized", "--name", "sanitized", "--sanitize", "address")
        source = r"""
#include <sanitized.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    const size_t missing = (size_t)argc - 1;
    float *image = calloc(SANITIZED_IMAGE_SIZE - missing, sizeof(float)), logits[SANITIZED_LOGITS_SIZE];
    ingot_session *session;
    int status = ingot_session_create(&sanitized_model, NULL, &session);
    (void)argv;
    if (status == INGOT_OK) {
        status = sanitized_run(session, image, logits, 1);
    }
    ingot_session_destroy(session);
    free(image);
    return status;
}
"""
        options = ["-std=c99", "-fsanitize=address", *STRICT]
        program = self.build("short_image.c", source, "cc", *options, packages=[package], libraries=["-lsanitized"])
        run_ok(program)
        process = run(program, "one float short")
        self.assertNotEqual(process.returncode, 0)
        self.assertIn("heap-buffer-overflow", process.stderr)

    def test_find_package(self):
        project = self.root / "project"
        project.mkdir()
        (project / "main.c").write_text(MAIN_C.replace("int main(void) {", "#include <tiny.h>\nint main(void) {"))
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(app C)\n"
            "find_package(mnist_cnn CONFIG REQUIRED)\nfind_package(tiny CONFIG REQUIRED)\n"
            "find_package(mnist_cnn CONFIG REQUIRED)\n"
            "add_executable(app main.c)\ntarget_link_libraries(app PRIVATE mnist_cnn tiny)\n"
        )
        prefixes = f"-DCMAKE_PREFIX_PATH={self.folder};{self.tiny}"
        run_ok("cmake", "-G", "Ninja", "-S", project, "-B", project / "build", prefixes)
        run_ok("cmake", "--build", project / "build")
        self.assert_reads_digits(run_ok(project / "build" / "app"))

    def test_models_side_by_side(self):
        first = compile_model(MNIST_CNN, self.root / "first", "--name", "first")
        second = compile_model(MNIST_CNN, self.root / "second", "--name", "second")
        source = r"""
#include <first.h>
#include <second.h>
#include <stdio.h>
#include <string.h>
#include <tiny.h>

int main(void) {
    static const float x[TINY_X_SIZE] = {1, 2, 4};
    static float image[FIRST_IMAGE_SIZE], a[FIRST_LOGITS_SIZE], b[SECOND_LOGITS_SIZE];
    float sum[TINY_SUM_SIZE], relu[TINY_RELU_SIZE];
    ingot_session *sessions[3];
    if (ingot_session_create(&first_model, NULL, &sessions[0]) != INGOT_OK ||
        ingot_session_create(&second_model, NULL, &sessions[1]) != INGOT_OK ||
        ingot_session_create(&tiny_model, NULL, &sessions[2]) != INGOT_OK ||
        first_run(sessions[0], image, a, 1) != INGOT_OK || tiny_run(sessions[2], x, sum, relu, 1) != INGOT_OK ||
        second_run(sessions[1], image, b, 1) != INGOT_OK) {
        return 1;
    }
    printf("%g %g %g %g %d\n", (double)sum[0], (double)sum[1], (double)relu[0], (double)relu[1],
           memcmp(a, b, sizeof(a)));
    return 0;
}
"""
        libraries = ["-lfirst", "-lsecond", "-ltiny"]
        packages = [first, second, self.tiny]
        program = self.build("three.c", source, "cc", "-std=c99", *STRICT, packages=packages, libraries=libraries)
        self.assertEqual(run_ok(program), "27 -27 27 0 0\n")

    def test_beside_halide(self):
        x = halide.Var("x")
        halves = halide.Func("halves")
        halves[x] = halide.cast(halide.Float(32), x) / 2.0
        halves.parallel(x)
        halves.compile_to_static_library(str(self.root / "halves"), [], "halves")  # with Halide's runtime
        source = MAIN_C.replace(
            "int main(void) {",
            r"""#include "halves.h"
static int use_halide(void) {
    float data[8] = {0};
    halide_dimension_t dim = {0, 8, 1, 0};
    halide_buffer_t buffer = {0};
    void *memory = halide_malloc(NULL, 64);
    buffer.host = (uint8_t *)data;
    buffer.type.code = halide_type_float;
    buffer.type.bits = 32;
    buffer.type.lanes = 1;
    buffer.dimensions = 1;
    buffer.dim = &dim;
    halide_free(NULL, memory);
    return memory == NULL || halves(&buffer) != 0 || data[7] != 3.5f;
}

int main(void) {
    if (use_halide()) {
        return 99;
    }""",
        )
        libraries = ["-lmnist_cnn", "-L" + str(self.root), self.root / "halves.a", "-lpthread", "-ldl", "-lm"]
        program = self.build("beside.c", source, "cc", "-std=c99", f"-I{self.root}", libraries=libraries)
        self.assert_reads_digits(run_ok(program))

    def test_mixed_header_and_archive(self):
        choice = "gemm=gemm/cpu_reference"
        other = compile_model(MNIST_CNN, self.root / "other", "--name", "mnist_cnn", "--schedule", choice)
        file = self.root / "mixed.c"
        file.write_text(MAIN_C)
        paths = [f"-I{other}/include", f"-L{self.folder}/lib"]
        process = run("cc", file, *paths, "-lmnist_cnn", "-lingot_runtime", "-o", self.root / "mixed")
        self.assertNotEqual(process.returncode, 0)
        other_hash = json.loads((other / "mnist_cnn.json").read_text())["build_hash"]
        self.assertNotEqual(other_hash, self.manifest["build_hash"])
        self.assertIn(f"mnist_cnn_model_{other_hash}", process.stderr)


class Contents(Package):
    def test_symbols_of_the_model(self):
        self.assertEqual(
            symbols(self.model, "--extern-only", "--defined-only"),
            {f"mnist_cnn_model_{self.manifest['build_hash']}": "D"},
        )
        for name in symbols(self.model, "--undefined-only"):
            self.assertRegex(name, r"^(memset|memcpy|ingot_\w+)$")

    def test_symbols_of_the_runtime(self):
        defined = symbols(self.runtime, "--defined-only")
        listed = run_ok("nm", "--format=posix", "--print-file-name", "--undefined-only", self.runtime)
        undefined = re.findall(r"^.*\[(.+)\]: (\S+) ", listed, re.MULTILINE)
        self.assertGreater(len(undefined), 10)
        for member, name in undefined:
            if name not in defined:
                of_member = {"cuda": LIBC_OF_CUDA, "team": LIBC_OF_THREADS}
                self.assertIn(name, of_member.get(re.split(r"[_.]", member)[0], LIBC), member)

    def test_cpu_programs_hold_nothing_of_cuda(self):
        program = self.build("cpu_only.c", MAIN_C, "cc", "-std=c99", *STRICT)
        names = symbols(program)
        self.assertIn("ingot_session_create", names)
        for name in names:
            self.assertNotRegex(name, r"ingot_cuda|find_driver|dlopen|pthread_once")

    def test_no_symbol_of_halide(self):
        for archive in [self.model, self.runtime]:
            for name in symbols(archive):
                self.assertNotIn("halide", name.lower())

    def test_header_and_manifest_agree(self):
        header = (self.folder / "include" / "mnist_cnn.h").read_text()
        macros = dict(re.findall(r"#define (\w+) +(\w+)", header))
        expected = {
            "MNIST_CNN_IMAGE_SIZE": "784",
            "MNIST_CNN_LOGITS_SIZE": "10",
            "MNIST_CNN_ARENA_BYTES": str(self.manifest["session_bytes"]),
            "MNIST_CNN_ARENA_ALIGNMENT": "64",
            "MNIST_CNN_STACK_BYTES": str(self.manifest["stack_bytes"]),
            "mnist_cnn_model": f"mnist_cnn_model_{self.manifest['build_hash']}",
        }
        self.assertEqual(macros, expected)
        self.assertEqual([plan["target"] for plan in self.manifest["plans"]], LEVELS)
        self.assertEqual(self.manifest["source"], "mnist_cnn.onnx")

    def test_arena_bytes_suffice_for_every_level(self):
        source = "#include <mnist_cnn.h>\n#include <stdio.h>\nint main(int argc, char **argv) {\n"
        source += "    ingot_options options = INGOT_OPTIONS_INIT;\n    options.level = argv[argc - 1];\n"
        source += '    printf("%zu", ingot_session_bytes(&mnist_cnn_model, &options));\n    return 0;\n}\n'
        program = self.build("bytes.c", source, "cc", "-std=c99", *STRICT)
        for plan in self.manifest["plans"]:
            self.assertLessEqual(int(run_ok(program, plan["target"])), self.manifest["session_bytes"])

    def test_sizes(self):
        sizes = {}
        for line in run_ok("nm", "--format=posix", "--print-size", self.model).splitlines():
            name, *rest = line.split()
            if len(rest) == 3 and rest[0] == "t":
                sizes[name] = int(rest[2], 16)
        for plan in self.manifest["plans"]:
            code = sum(sizes[step["symbol"]] + sizes[step["symbol"] + "_argv"] for step in plan["steps"])
            self.assertGreaterEqual(plan["code_bytes"], code)
            self.assertLessEqual(plan["code_bytes"], 32 * 1024)
        runtime = run_ok("size", "--format=sysv", self.runtime)
        allocated = re.findall(r"^\.(?:text|rodata|data|bss)\S*\s+(\d+)", runtime, re.MULTILINE)
        self.assertLess(2000, sum(map(int, allocated)))
        self.assertLessEqual(sum(map(int, allocated)), 32 * 1024)

    def test_no_path_of_this_machine(self):
        paths = [SOURCE, INGOT.parent.parent, pathlib.Path(tempfile.gettempdir()) / "ingot-", "/usr/"]
        for file in self.folder.rglob("*"):
            for path in paths if file.is_file() else []:
                self.assertNotIn(str(path).encode(), file.read_bytes(), file)

    def test_stack_notes(self):
        for archive in [self.model, self.runtime]:
            sections = run_ok("readelf", "--sections", "--wide", archive)
            notes = [line for line in sections.splitlines() if ".note.GNU-stack" in line]
            self.assertEqual(len(notes), len(run_ok("ar", "t", archive).split()))
            for note in notes:
                self.assertNotRegex(note.split(".note.GNU-stack")[1], r"X")


if __name__ == "__main__":
    unittest.main()
