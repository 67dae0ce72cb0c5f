# SPDX-License-Identifier: Apache-2.0
"""harts-beside-qemu.py FILE [TURNS]: writes a page on programs of Debian with two harts, beside QEMU with a thread a hart.

pigz, make -j2 with gcc, and redis with its benchmark on the other hart run in one Debian root under penumbra with harts in parallel
and with harts that take turns, and under QEMU: the same kernel, initial RAM disk and disk, which stays as it is. It needs
qemu-system-riscv64, and the root, which needs a network once:

    ./penumbra rootfs build harts --packages redis,pigz,gcc,libc6-dev,make
"""
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path.home() / ".cache/penumbra"
MEMORY = "1G"
LIMIT_SECONDS = 1800
# In the order in which they need each other.
MODULES = ["virtio_mmio", "virtio_blk", "crc16", "crc32c_generic", "mbcache", "jbd2", "ext4"]
INIT = """#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
for module in %s; do insmod /lib/$module.ko; done
ip link set lo up
mount -t ext4 -o noatime /dev/vda /debian || poweroff -f
for directory in dev proc sys; do mount --bind /$directory /debian/$directory; done
mkdir -p /dev/pts /dev/shm
mount -t tmpfs tmpfs /debian/tmp
mount -t tmpfs tmpfs /debian/run
cp /measure /debian/run/measure
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C
chroot /debian /usr/bin/sh /run/measure < /dev/null
echo "result end $?"
poweroff -f
""" % " ".join(MODULES)
MEASURE = r"""
cd /tmp
measure() {
    name=$1; shift; began=$(date +%s%N)
    "$@" > log 2>&1 || { echo "failed $name"; cat log; exit 1; }
    echo "result $name $((($(date +%s%N) - began) / 1000000))"
}
seq 1 1200000 > text
i=0; while [ $i -lt 16 ]; do
    { echo 'int sort(int *a, int n);'; j=0
      while [ $j -lt 60 ]; do
          echo "static int f$j(int *a, int n) { int s = $i; for (int k = 0; k < n; k++) { s = s * $((j + 3)) + a[k]; if (s > n) s -= a[s % n]; } return s; }"
          j=$((j + 1)); done
      echo "int part$i(int *a, int n) { int s = 0;"; j=0
      while [ $j -lt 60 ]; do echo "s += f$j(a, n);"; j=$((j + 1)); done; echo 'return s; }'; } > part$i.c
    i=$((i + 1)); done
printf 'all: $(patsubst %.c,%.o,$(wildcard part*.c))\n%.o: %.c\n\tgcc -O2 -c -o $@ $<\n' > Makefile
measure 'pigz, first' pigz -k -p 2 text; rm text.gz
measure 'pigz, second' pigz -k -p 2 text
measure 'make -j2, first' make -j2; rm *.o
measure 'make -j2, second' make -j2
taskset -c 0 redis-server --save '' --appendonly no --daemonize yes > /dev/null
sleep 3
measure 'redis, first' taskset -c 1 redis-benchmark -q -n 10000 -t set,get,incr
measure 'redis, second' taskset -c 1 redis-benchmark -q -n 10000 -t set,get,incr
redis-cli shutdown nosave > /dev/null 2>&1 || true
"""


def archive(files):
    """A cpio archive, as the kernel unpacks it (newc)."""
    out = bytearray()

    def entry(name, mode, content=b"", device=(0, 0)):
        path = name.encode() + b"\0"
        numbers = [0, mode, 0, 0, 1, 0, len(content), 0, 0, *device, len(path), 0]
        out.extend(b"070701" + b"".join(b"%08x" % number for number in numbers) + path)
        out.extend(bytes(-len(out) % 4))
        out.extend(content)
        out.extend(bytes(-len(out) % 4))

    for folder in ("bin", "dev", "lib", "proc", "sys", "debian"):
        entry(folder, 0o40755)
    entry("dev/console", 0o20600, device=(5, 1))
    entry("dev/null", 0o20666, device=(1, 3))
    for name, content in files.items():
        entry(name, 0o100755, content)
    entry("TRAILER!!!", 0)
    return bytes(out)


def ram_disk(debian):
    files = {"init": INIT.encode(), "measure": MEASURE.encode(), "bin/busybox": (debian / "busybox").read_bytes()}
    for module in MODULES:
        found = list((debian / "modules").rglob(module + ".ko"))
        if not found:
            sys.exit("the kernel's module " + module + " is not there: run ./penumbra linux once")
        files["lib/" + module + ".ko"] = found[0].read_bytes()
    return archive(files)


def contenders(debian, disk, initrd):
    kernel = str(debian / "vmlinux")
    ours = [str(ROOT / "penumbra"), "linux", "--kernel", kernel, "--initrd", str(initrd), "--disk", str(disk), "--memory", MEMORY,
            "--harts", "2", "--clock", "host", "--append", "quiet cryptomgr.notests"]
    return {
        "parallel": ours + ["--smp", "parallel"],
        "turns": ours + ["--smp", "turns"],
        "QEMU": ["qemu-system-riscv64", "-M", "virt", "-m", MEMORY, "-display", "none", "-monitor", "none", "-serial", "stdio",
                 "-no-reboot", "-kernel", kernel, "-initrd", str(initrd), "-append", "console=ttyS0 quiet cryptomgr.notests",
                 "-smp", "2", "-accel", "tcg,thread=multi",
                 "-drive", f"file={disk},format=raw,if=none,id=disk,snapshot=on", "-device", "virtio-blk-device,drive=disk"]}


def run(name, command):
    """Seconds by program."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as guest:
        limit = threading.Timer(LIMIT_SECONDS, guest.kill)
        limit.start()
        try:
            # Standard input stays open: its end would be the guest's.
            said = guest.stdout.read().decode(errors="replace")
        finally:
            limit.cancel()
            guest.kill()
    results = {found[1]: int(found[2]) / 1000 for found in re.finditer(r"result ([a-z][^\r\n]*?) (\d+)\r?\n", said)}
    if "end" not in results:
        sys.exit(name + " did not come to its end:\n" + said)
    if results.pop("end") != 0:
        sys.exit(name + " failed:\n" + said)
    return results


def page(seconds):
    names = list(seconds)
    out = ["| seconds | " + " | ".join(names) + " | parallel, of turns' speed | of QEMU's |", "|---|" + "---:|" * (len(names) + 2)]
    for program in seconds["QEMU"][0]:
        middle = [statistics.median(turn[program] for turn in seconds[name]) for name in names]
        out.append(f"| {program} | " + " | ".join(f"{value:.1f}" for value in middle)
                   + f" | {middle[1] / middle[0]:.2f} | {middle[2] / middle[0]:.2f} |")
    return "\n".join(out) + "\n"


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    disks = list(CACHE.glob("debian-*/roots/harts.img"))
    if not disks:
        sys.exit("there is no root called harts: make it by\n"
                 "    ./penumbra rootfs build harts --packages redis,pigz,gcc,libc6-dev,make")
    debian = disks[0].parents[1]
    with tempfile.TemporaryDirectory() as folder:
        initrd = pathlib.Path(folder) / "initrd"
        initrd.write_bytes(ram_disk(debian))
        commands = contenders(debian, disks[0], initrd)
        seconds = {name: [] for name in commands}
        for turn in range(int(sys.argv[2]) if len(sys.argv) == 3 else 1):
            for name, command in commands.items():
                seconds[name].append(run(name, command))
                print(name, seconds[name][-1], flush=True)
    pathlib.Path(sys.argv[1]).write_text(page(seconds))


main()
