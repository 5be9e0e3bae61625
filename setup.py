"""Carry firmware and boards in the wheel; everything else about the build stands in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DEVICE_FOLDERS = ("firmware", "boards")
NOT_SHIPPED = shutil.ignore_patterns(".*", "__pycache__", "*.pyc", "*.egg-info", "mypy.ini", "*.pyi")


class BuildWithDeviceFiles(build_py):
    """Copy what goes onto a device into baysense_host/_data."""

    def run(self) -> None:
        """Build as usual, then copy; an editable install reads the checkout itself."""
        super().run()
        if self.editable_mode:
            return
        for folder in DEVICE_FOLDERS:
            target = Path(self.build_lib, "baysense_host", "_data", folder)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(folder, target, ignore=NOT_SHIPPED)


setup(cmdclass={"build_py": BuildWithDeviceFiles})
