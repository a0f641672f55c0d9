"""A training script as it is written for SageMaker's scikit-learn image."""

import argparse
import os
import pickle
from pathlib import Path

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--neighbours", type=int)
parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
options, _ = parser.parse_known_args()
rows = np.loadtxt(next(Path(options.train).glob("*.csv")), delimiter=",")
model = KNeighborsClassifier(options.neighbours).fit(rows[:, 1:], rows[:, 0])
print(f"accuracy={model.score(rows[:, 1:], rows[:, 0]):.4f};")
with Path(options.model_dir, "model.pkl").open("wb") as file:
    pickle.dump(model, file)
