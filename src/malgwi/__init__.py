"""Malgwi: from a folder of recordings to your own offline speech recogniser.

Importing the package reads no file and loads no heavy library; each stage lives in the
module that carries its name (`malgwi.dataset.prepare`, `malgwi.training.train`, ...).
"""

__version__ = "0.1.0"
