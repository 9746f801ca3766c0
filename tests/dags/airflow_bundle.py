"""Runs inside Airflow's own environment: parses a folder as a bundle, and prints what it found."""
# pyright: reportMissingImports=false

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import BundleDagBag

folder = Path(sys.argv[1])
found = BundleDagBag(folder, bundle_path=folder, bundle_name="main")
sys.stdout.write(f"\n{json.dumps({'dags': sorted(found.dags), 'errors': found.import_errors})}\n")
