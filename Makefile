# `make demo` and `make test` are all the set-up there is. Everything lands in this folder.
#
#   make demo                 the whole chain on the shipped speech, in minutes
#   make test                 everything that is tested, in both languages
#   make apk                  the Android app with the demo's model: build/malgwi-arm64.apk
#   make apk BUNDLE=my.malgwi ABIS="arm64-v8a x86_64" ORT_AAR=onnxruntime-android.aar
#   make bench                the slow measurements (benchmarks/)
#   make TORCH_INDEX=URL ...  take a CPU-only torch from an index of your network (saves 4 GB)

VENV := .venv
PYTHON := $(VENV)/bin/python
READY := $(VENV)/ready
LOCK := requirements/dev.lock
JAR := android/core/target/malgwi-core-cli.jar
JAVA_SOURCES := $(shell find android/core tests/golden -type f -not -path '*/target/*' 2>/dev/null)
# The demo's model: the app and much of the pipeline are tested with it.
DEMO := demo/demo.malgwi
PYTHON_SOURCES := $(shell find src/malgwi -type f -not -name '*.pyc')
ABIS ?= arm64-v8a
BUNDLE ?= $(DEMO)
# ABIS="arm64-v8a x86_64" gives build/malgwi-arm64+x86_64.apk.
PROCESSORS := $(shell echo $(ABIS) | sed 's/arm64-v8a/arm64/; s/ /+/g')
APP := build/app-$(PROCESSORS).apk
TESTED_APP := build/app-arm64.apk
APP_SOURCES := $(shell find android/core/src/main android/app/src/main tools/apk -type f -not -name '*.pyc') \
  android/core/pom.xml android/app/pom.xml android/app/resources.sh src/malgwi/apk.py LICENSE NOTICE
# Signs apps that are tried out; `malgwi android` makes a key of one's own.
DEBUG_KEY := $(HOME)/.malgwi/debug.p12

.PHONY: demo test lint python-test java-test app-test shots apk app-wheel bench parity-arm lock setup clean

demo $(DEMO) &: $(READY) $(PYTHON_SOURCES)
	$(VENV)/bin/malgwi demo --output demo --replace

test: lint java-test app-test python-test

setup: $(READY)

lint: $(READY)
	$(VENV)/bin/ruff check src tests benchmarks tools
	$(VENV)/bin/ruff format --check src tests benchmarks tools
	$(VENV)/bin/mypy

python-test: $(READY) $(JAR) $(DEMO) $(TESTED_APP)
	tools/require aapt2:aapt apksigner:apksigner zipalign:zipalign
	MALGWI_DEMO=$(CURDIR)/demo $(VENV)/bin/pytest

java-test $(JAR) &: $(JAVA_SOURCES)
	tools/require javac:default-jdk-headless mvn:maven
	mvn -B --no-transfer-progress -f android/core/pom.xml verify

# The core's tests have run; here it is only compiled.
app-test: $(JAR) $(DEMO)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	mvn -B --no-transfer-progress -f android/pom.xml test \
	  -Dtest='org/malgwi/app/**/*Test' -Dsurefire.failIfNoSpecifiedTests=false

apk: $(READY) $(APP)
	test $(BUNDLE) != $(DEMO) -o -f $(DEMO) || $(MAKE) demo
	MALGWI_KEY_PASSWORD=android $(VENV)/bin/malgwi android $(BUNDLE) --app $(APP) --key $(DEBUG_KEY) \
	  --output build/malgwi-$(PROCESSORS).apk

build/app-%.apk: $(APP_SOURCES) | $(READY)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	$(PYTHON) tools/apk/build.py --abis $(subst arm64,arm64-v8a,$(subst +, ,$*)) \
	  --output $@ --work build/apk-$* --jars build/jars

# What `pip install malgwi[android]` brings: the app without a bundle.
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

parity-arm: $(READY) $(JAR)
	tools/parity_arm.sh

# Names, versions and hashes only: where packages come from is the business of pip's owner.
lock: $(READY)
	$(PYTHON) -m uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --no-annotate --extra dev \
	  --constraints requirements/constraints.txt --output-file $(LOCK) pyproject.toml

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
