"""Malgwi: from a folder of recordings to your own offline speech recogniser.

Importing the package reads no file and loads no heavy library; each stage lives in the
module that carries its name (`malgwi.dataset.prepare`, `malgwi.training.train`, ...).
"""

import os

# From 1.29 on onnxruntime reports to its maker, unless this stands before it is imported. Every
# import of ours comes after this one, and processes that we start inherit it. The first name is
# that of the releases, the second that of versions between them.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
os.environ["ORT_TELEMETRY_DISABLED"] = "1"
# Ray reports, too, unless this stands before it starts.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

__version__ = "0.1.0"
