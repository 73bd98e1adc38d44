# `make demo` and `make test` are all the set-up there is. Everything lands in this folder.
#
#   make demo                 the whole chain on the shipped speech, in minutes
#   make test                 everything that is tested, in both languages; says at the end what failed
#   make apk                  the Android app with the demo's model: build/malgwi-arm64.apk
#   make apk BUNDLE=my.malgwi ABIS="arm64-v8a x86_64" ORT_AAR=onnxruntime-android.aar
#   make bench                the slow measurements (benchmarks/)
#   make cases              docs/cases.md anew: inputs as people have them, and what comes out (SLOW=1: all)
#   make findings             what others' packages do, against what one would believe (findings/)
#   make TORCH_INDEX=URL ...  take a CPU-only torch from an index of your network (saves 4 GB)

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/ready
LOCK := requirements/dev.lock
JAR := android/core/target/malgwi-core-cli.jar
JAVA_SOURCES := $(shell find android/core src/malgwi/data/tables tests/golden -type f -not -path '*/target/*' 2>/dev/null)
# The demo's model: the app and much of the pipeline are tested with it.
DEMO := demo/demo.malgwi
PYTHON_SOURCES := $(shell find src/malgwi -type f -not -name '*.pyc')
ABIS ?= arm64-v8a
BUNDLE ?= $(DEMO)
# ABIS="arm64-v8a x86_64" gives build/malgwi-arm64+x86_64.apk.
PROCESSORS := $(shell echo $(ABIS) | sed 's/arm64-v8a/arm64/; s/ /+/g')
APP := build/app-$(PROCESSORS).apk
TESTED_APP := build/app-arm64.apk
REPORTING := build/onnxruntime-1.29.0
APP_SOURCES := $(shell find android/core/src/main src/malgwi/data/tables android/app/src/main tools/apk -type f -not -name '*.pyc') \
  android/core/pom.xml android/app/pom.xml android/app/resources.sh src/malgwi/android/apk.py LICENSE NOTICE
# Signs apps that are tried out; `malgwi android` makes a key of one's own.
DEBUG_KEY := $(HOME)/.malgwi/debug.p12

.PHONY: demo test lint python-test java-test app-test shots apk app-wheel bench cases findings parity-arm lock setup clean

demo $(DEMO) &: $(READY) $(PYTHON_SOURCES)
	$(VENV)/bin/malgwi demo --output demo --replace

# All parts run, whatever fails; a part is a target of its own. Two run at a time, each line with
# its part's name; what both would build is built between.
PARTS := lint java-test app-test python-test
PARTS_FAILED := build/failed
test:
	@mkdir -p build; rm -f $(PARTS_FAILED); \
	run() { { $(MAKE) --no-print-directory $$1 2>&1 || echo $$1 >> $(PARTS_FAILED); } | sed -u "s/^/[$$1] /"; }; \
	$(MAKE) --no-print-directory setup && \
	{ run lint & run java-test; wait; } && \
	$(MAKE) --no-print-directory $(JAR) $(DEMO) $(TESTED_APP) $(REPORTING)/ready; \
	run app-test & run python-test; wait; \
	if [ -s $(PARTS_FAILED) ]; then echo "malgwi: make test: failed:" $$(cat $(PARTS_FAILED)) >&2; exit 1; fi; \
	echo "malgwi: make test: passed: $(PARTS)"

setup: $(READY)

lint: $(READY)
	$(VENV)/bin/ruff check src tests benchmarks tools
	$(VENV)/bin/ruff format --check src tests benchmarks tools
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo

python-test: $(READY) $(JAR) $(DEMO) $(TESTED_APP) $(REPORTING)/ready
	tools/require aapt2:aapt apksigner:apksigner zipalign:zipalign unshare:util-linux ip:iproute2
	MALGWI_DEMO=$(CURDIR)/demo $(VENV)/bin/pytest

java-test:
	tools/require javac:default-jdk-headless mvn:maven
	mvn -B --no-transfer-progress -f android/core/pom.xml verify

# Without its tests, so that one that fails there keeps nobody else from running.
$(JAR): $(JAVA_SOURCES)
	tools/require javac:default-jdk-headless mvn:maven
	mvn -B --no-transfer-progress -f android/core/pom.xml package \
	  -Dmaven.test.skip=true -Dspotless.check.skip=true -Danimal.sniffer.skip=true
	touch $@

# A version that reports home: tests/test_silence.py must see it do so, else it proves nothing.
$(REPORTING)/ready: requirements/reporting.lock | $(READY)
	rm -rf $(@D)
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes --target $(@D) -r $<
	touch $@

# The core's tests are java-test's; here it is only compiled.
app-test: $(DEMO)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	mvn -B --no-transfer-progress -f android/pom.xml test \
	  -Dtest='org/malgwi/app/**/*Test' -Dsurefire.failIfNoSpecifiedTests=false

apk: $(READY) $(APP)
	test $(BUNDLE) != $(DEMO) -o -f $(DEMO) || $(MAKE) demo
	MALGWI_KEY_PASSWORD=android $(VENV)/bin/malgwi android $(BUNDLE) --app $(APP) --key $(DEBUG_KEY) \
	  --replace --output build/malgwi-$(PROCESSORS).apk

build/app-%.apk: $(APP_SOURCES) | $(READY)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	$(PYTHON) tools/apk/build.py --abis $(subst arm64,arm64-v8a,$(subst +, ,$*)) \
	  --output $@ --work build/apk-$* --jars build/jars

# The app without a bundle, as a package of its own.
app-wheel: $(READY) $(TESTED_APP)
	$(PYTHON) -m build --wheel --no-isolation --outdir dist packaging/malgwi-app

# The pictures of the app in docs/, from what its tests drew.
shots: app-test
	$(PYTHON) tools/shots.py android/app/target/shots docs/images/app docs/screens.md

bench: $(READY) $(JAR) $(DEMO)
	$(PYTHON) benchmarks/prepare.py
	$(PYTHON) benchmarks/train.py demo/dataset --model starter --epochs 3
	$(PYTHON) benchmarks/train.py demo/dataset --model base-random --clips 96 --epochs 1 --steps 6
	$(PYTHON) benchmarks/recognise.py
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	mvn -B --no-transfer-progress -f android/pom.xml test \
	  -Dtest='org/malgwi/app/**/*Bench' -Dsurefire.failIfNoSpecifiedTests=false

cases: $(READY) $(DEMO)
	PYTHONPATH=tests:tools $(PYTHON) -m cases $(if $(SLOW),--slow)

# Each script stands alone; one that fails doesn't keep the others from running.
findings:
	@failed=; \
	for script in findings/*.sh; do echo "== $$script"; $$script || failed="$$failed $$script"; done; \
	test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

parity-arm: $(READY) $(JAR)
	tools/parity_arm.sh

# Names, versions and hashes only: where packages come from is the business of pip's owner.
lock: $(READY)
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --extra dev \
	  --constraints requirements/constraints.txt --output-file $(LOCK) pyproject.toml
	echo onnxruntime==1.29.0 | $(PYTHON) -m uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --no-deps --output-file requirements/reporting.lock -

$(READY): $(LOCK) pyproject.toml
	tools/require python3-venv:python3-venv
	test -x $(PYTHON) || python3 -m venv $(VENV)
ifdef TORCH_INDEX
	$(VENV)/bin/pip install --quiet --index-url $(TORCH_INDEX) "$$(grep -o '^torch==[^ ]*' $(LOCK))"
	awk '/^[a-z0-9]/ {gpu = /^(torch==|triton==|nvidia-|cuda-)/} !gpu' $(LOCK) > $(VENV)/cpu.lock
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes -r $(VENV)/cpu.lock
else
	$(VENV)/bin/pip install --quiet --require-hashes -r $(LOCK)
endif
	$(VENV)/bin/pip install --quiet --no-build-isolation --no-deps --editable .
	touch $@

clean:
	rm -rf $(VENV) demo build dist android/core/target android/app/target
