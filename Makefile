# The front door: each target installs what it misses (on Debian), builds, and runs.
#
#     make            the library, in build/release
#     make demo       counts words under /usr/share/doc and /usr/include, with all processors
#     make test       everything a change must pass, in minutes
#     make bench      measures, and compares with peers
#     make install    PREFIX=/usr/local, DESTDIR=
#     make clean
PREFIX = /usr/local
JOBS = 2
NEEDED = cmake gcc libc6-dev make
NEEDED_BY_TESTS = $(NEEDED) binutils check g++ pkg-config zlib1g-dev
NEEDED_BY_BENCH = $(NEEDED) g++ libglib2.0-dev libopenmpi-dev libtbb-dev openmpi-bin pkg-config

CONFIGURE = cmake --preset
BUILD = cmake --build --parallel $(JOBS) --preset

.PHONY: library demo test bench install clean

library:
	tools/install-missing $(NEEDED)
	$(CONFIGURE) release
	$(BUILD) release --target manyhands_shared manyhands_static

demo:
	tools/install-missing $(NEEDED) zlib1g-dev
	$(CONFIGURE) release
	$(BUILD) release --target wordcount
	build/release/examples/wordcount

test:
	tools/install-missing $(NEEDED_BY_TESTS)
	tools/check-floors
	tools/check-headers
	$(CONFIGURE) debug
	$(BUILD) debug
	tools/check-symbols build/debug
	ctest --preset debug --parallel $(JOBS)

bench:
	tools/install-missing $(NEEDED_BY_BENCH)
	$(CONFIGURE) release -DMH_BENCH=ON
	$(BUILD) release --target bench
	build/release/bench/manyhands-bench

# The cache of the dynamic linker must learn of a new library, where we may tell it.
install: library
	cmake --install build/release --prefix $(PREFIX)
	if [ -z "$(DESTDIR)" ] && [ -w /etc/ld.so.cache ]; then ldconfig; fi

clean:
	rm -rf build
