# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `cmake --install` writes, moved elsewhere and used by projects that know nothing of the build tree."""

import json
import pathlib
import re
import shutil
import tempfile
import unittest

from ingot_program import INGOT, MNIST_CNN, SOURCE, run, run_ok
from mnist_pattern import PatternLogits

BUILD = INGOT.parent.parent
CONSUMER = pathlib.Path(__file__).parent / "consumer"
VERSION = re.search(r"project\(ingot VERSION (\S+)", (SOURCE / "CMakeLists.txt").read_text())[1]
FORMS = [form + kind for form in ["c99", "cxx17", "cxx17_plain", "cxx20", "cxx20_plain"] for kind in ["", "_shared"]]


def install(prefix, *options):
    run_ok("cmake", "--install", BUILD, "--prefix", prefix, *options)


def dynamic_section(file, tag):
    """The entries of one kind, such as NEEDED."""
    return re.findall(rf"\({tag}\).*\[(.*)\]", run_ok("readelf", "--dynamic", "--wide", file))


def setUpModule():
    """An installation that is moved away from where it was written."""
    Install.root = pathlib.Path(tempfile.mkdtemp(prefix="ingot-install-"))
    unittest.addModuleCleanup(shutil.rmtree, Install.root)
    install(Install.root / "written")
    Install.prefix = Install.root / "moved" / "prefix"
    Install.prefix.parent.mkdir()
    (Install.root / "written").rename(Install.prefix)
    Install.logits = PatternLogits()


class Install(unittest.TestCase):
    root = prefix = logits = None

    def assert_reads_digits(self, program):
        self.assertEqual(self.logits.difference(run_ok(program)), "")

    def configure(self, name, *options, prefix=None, model=MNIST_CNN):
        """Configures the consumer; the finished process, which may have failed, and the build folder."""
        folder = self.root / name
        values = {
            "CMAKE_PREFIX_PATH": prefix or self.prefix,
            "CMAKE_FIND_USE_PACKAGE_REGISTRY": "OFF",
            "CMAKE_BUILD_TYPE": "Release",
            "INGOT_VERSION": VERSION,
            "MODEL": model,
        }
        definitions = [f"-D{key}={value}" for key, value in values.items()]
        return run("cmake", "-G", "Ninja", "-S", CONSUMER, "-B", folder, *definitions, *options), folder


class Files(Install):
    def test_nothing_but_what_belongs(self):
        files = {str(file.relative_to(self.prefix)) for file in self.prefix.rglob("*") if file.is_file()}
        shapes = {f"share/ingot/shapes/{file.name}" for file in (SOURCE / "bench" / "shapes").glob("*.csv")}
        self.assertTrue(shapes)
        halide = set()
        if "INGOT_BUNDLE_HALIDE:BOOL=ON" in (BUILD / "CMakeCache.txt").read_text():
            halide = {"lib/libHalide.so", "share/doc/ingot/LICENSE-Halide"}
        self.assertEqual(
            files,
            {
                "bin/ingot",
                "include/ingot/plan.h",
                "include/ingot/runtime.h",
                "lib/cmake/ingot/IngotAddModel.cmake",
                "lib/cmake/ingot/ingot-config-version.cmake",
                "lib/cmake/ingot/ingot-config.cmake",
                "lib/libingot_runtime.a",
                "lib/pkgconfig/ingot.pc",
                "share/doc/ingot/LICENSE",
                "share/doc/ingot/THIRD_PARTY.md",
                "share/ingot/compare.py",
                "share/ingot/plot.py",
                "share/ingot/run_onnxruntime.py",
            }
            | shapes
            | halide,
        )

    def test_no_file_knows_the_build_tree_or_the_first_prefix(self):
        texts = [file for file in self.prefix.rglob("*") if file.suffix in {".cmake", ".pc", ".h", ".csv"}]
        self.assertTrue(texts)
        for file in texts:
            for path in [SOURCE, BUILD, self.root]:
                self.assertNotIn(str(path), file.read_text(), file)

    def test_the_program_runs_with_what_lies_beside_it(self):
        program = self.prefix / "bin" / "ingot"
        self.assertIn(f"ingot {VERSION} (Halide ", run_ok(program, "--version"))
        loaded = re.findall(r"libHalide\S* => (\S+)", run_ok("ldd", program))
        if (self.prefix / "lib" / "libHalide.so").exists():
            self.assertEqual(dynamic_section(program, "RUNPATH"), ["$ORIGIN/../lib"])
            self.assertEqual(loaded, [f"{self.prefix}/bin/../lib/libHalide.so"])
        else:
            self.assertNotIn(str(BUILD), dynamic_section(program, "RUNPATH")[0])


class CMakeConsumer(Install):
    def build_and_run(self, name, *options):
        configured, folder = self.configure(name, *options)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        run_ok("cmake", "--build", folder)
        for form in [*FORMS, "runtime"]:
            with self.subTest(form):
                self.assert_reads_digits(folder / f"app_{form}")
        for library in folder.glob("libdigits_*.so"):
            with self.subTest(library.name):
                exported = run_ok("nm", "--dynamic", "--defined-only", "--format=posix", library)
                self.assertEqual([line.split()[0] for line in exported.splitlines()], ["digits_classify"])
        for form in ["c99", "cxx17_plain"]:
            needed = dynamic_section(folder / f"libdigits_{form}.so", "NEEDED")
            self.assertLessEqual(set(needed), {"libc.so.6", "libstdc++.so.6", "libm.so.6", "libgcc_s.so.1"})
        self.assertEqual(dynamic_section(folder / "app_c99", "NEEDED"), ["libc.so.6"])
        self.assertEqual(dynamic_section(folder / "app_runtime", "NEEDED"), [])

    def test_gcc(self):
        self.build_and_run("gcc")

    @unittest.skipUnless(shutil.which("clang++"), "no clang")
    def test_clang(self):
        linker = ["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld", "-DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=lld"]
        lld = linker if shutil.which("ld.lld") else []
        self.build_and_run("clang", "-DCMAKE_C_COMPILER=clang", "-DCMAKE_CXX_COMPILER=clang++", *lld)

    def test_a_version_that_is_not_there(self):
        for version in ["9.0", f"{VERSION.split('.')[0]}.99"]:
            configured, _ = self.configure("version", f"-DINGOT_VERSION={version}")
            self.assertNotEqual(configured.returncode, 0)
            self.assertIn(f'compatible with requested version "{version}"', " ".join(configured.stderr.split()))
            self.assertIn(f"version: {VERSION}", configured.stderr)

    def test_a_model_that_is_not_there(self):
        configured, _ = self.configure("missing", model="nets/absent.onnx")
        self.assertNotEqual(configured.returncode, 0)
        message = f"ingot_add_model(mnist_cnn): the model {CONSUMER}/nets/absent.onnx does not exist;"
        self.assertIn(message, " ".join(configured.stderr.split()))

    def test_a_model_made_by_the_build(self):
        project = self.root / "generated"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(generated C)\nfind_package(ingot REQUIRED)\n"
            f"add_custom_command(OUTPUT made.onnx COMMAND ${{CMAKE_COMMAND}} -E copy {MNIST_CNN} made.onnx)\n"
            "ingot_add_model(made MODEL ${CMAKE_CURRENT_BINARY_DIR}/made.onnx TARGETS x86-64-v2 x86-64-v3\n"
            "                SCHEDULES gemm=gemm/cpu_reference)\n"
            "add_executable(generated main.c)\ntarget_link_libraries(generated PRIVATE made)\n"
        )
        (project / "main.c").write_text(
            "#include <made.h>\nint main(void) { return ingot_session_bytes(&made_model, NULL) == 0; }\n"
        )
        run_ok("cmake", "-G", "Ninja", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run_ok("cmake", "--build", project / "build")
        run_ok(project / "build" / "generated")
        manifest = json.loads((project / "build" / "made" / "made.json").read_text())
        self.assertEqual([plan["target"] for plan in manifest["plans"]], ["x86-64-v2", "x86-64-v3"])
        choices = [step["choice"].split(":")[0] for plan in manifest["plans"] for step in plan["steps"]]
        self.assertEqual(choices.count("gemm/cpu_reference"), 2)

    def test_weights_in_a_file(self):
        project = self.root / "weights"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.16)\nproject(weights C)\nfind_package(ingot REQUIRED)\n"
            f"ingot_add_model(net MODEL {MNIST_CNN} TARGETS x86-64-v2 WEIGHTS file)\n"
            "add_executable(app main.c)\ntarget_link_libraries(app PRIVATE net)\n"
            "install(FILES ${INGOT_MODEL_net_WEIGHTS} DESTINATION share/app)\n"
        )
        (project / "main.c").write_text(
            "#include <net.h>\nint main(void) {\n    ingot_session *session;\n"
            "    return ingot_session_create(&net_model, NULL, &session) != INGOT_WEIGHTS_MISSING;\n}\n"
        )
        build = project / "build"
        run_ok("cmake", "-G", "Ninja", "-S", project, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run_ok("cmake", "--build", build)
        run_ok(build / "app")
        run_ok("cmake", "--install", build, "--prefix", project / "installed")
        manifest = json.loads((build / "net" / "net.json").read_text())
        installed = project / "installed" / "share" / "app" / "net.weights"
        self.assertEqual(installed.stat().st_size, manifest["weights_file"]["bytes"])
        self.assertIn("ninja: no work to do", run_ok("ninja", "-C", build))

    def test_without_the_program(self):
        prefix = self.root / "development"
        install(prefix, "--component", "development")
        self.assertFalse((prefix / "bin").exists())
        configured, _ = self.configure("no_program", prefix=prefix)
        self.assertNotEqual(configured.returncode, 0)
        self.assertIn("lacks the program ingot", " ".join(configured.stderr.split()))


class PkgConfigConsumer(Install):
    def test_make(self):
        folder = self.root / "make"
        shutil.copytree(CONSUMER, folder)
        environment = {"PKG_CONFIG_PATH": str(self.prefix / "lib" / "pkgconfig"), "MAKEFLAGS": ""}
        run_ok("make", f"MODEL={MNIST_CNN}", environment=environment, directory=folder)
        for form in ["c99", "cxx17", "cxx20"]:
            with self.subTest(form):
                self.assert_reads_digits(folder / f"app_{form}")
        version = run_ok("pkg-config", "--modversion", "ingot", environment=environment)
        self.assertEqual(version.strip(), VERSION)


if __name__ == "__main__":
    unittest.main()
