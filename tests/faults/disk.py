"""Disks that are full, in a mount namespace of the test's own, and files that are torn."""
import os
import shutil
import subprocess


class Disk:
    """A small file system over a folder that keeps what is in it."""

    def __init__(self, test, folder, size="4m"):
        self._folder = folder
        kept = test.folder / "under-the-mount"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept)
        mode = oct(folder.stat().st_mode & 0o777)[2:]
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode={mode}", "gnomon-faults", folder], check=True)
        self._mounted = True
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        test.addCleanup(self.unmount)

    def fill(self, leave):
        """Until no block is left but `leave` bytes."""
        with open(self._folder / "filler", "wb", buffering=0) as filler:
            for piece in (65536, 4096):
                try:
                    while filler.write(bytes(piece)) == piece:
                        pass
                except OSError:
                    pass
            filler.truncate(max(0, filler.seek(0, os.SEEK_END) - leave))

    def free(self):
        (self._folder / "filler").unlink(missing_ok=True)

    def unmount(self):
        """What was on it stays in the folder."""
        if not self._mounted:
            return
        self._mounted = False
        self.free()
        kept = self._folder.with_name(self._folder.name + "-kept")
        shutil.copytree(self._folder, kept)
        subprocess.run(["umount", self._folder], check=True)
        shutil.copytree(kept, self._folder, dirs_exist_ok=True)
        shutil.rmtree(kept)


def damage(file, kind, random):
    """As a failing disk or a file system without its journal leaves a file."""
    size = file.stat().st_size
    with open(file, "r+b") as out:
        if kind == "cut":
            out.truncate(random.randint(1, size - 1))
        elif kind == "header":
            out.write(random.randbytes(64))
        elif kind == "zeros":  # sectors that were never written
            for _ in range(4):
                out.seek(random.randrange(size // 512) * 512)
                out.write(bytes(512))
    log = file.with_name(file.name + "-wal")
    if kind == "log":
        with open(log, "ab") as out:
            out.write(random.randbytes(random.randint(1, 9000)))
    else:
        log.unlink(missing_ok=True)
        file.with_name(file.name + "-shm").unlink(missing_ok=True)
