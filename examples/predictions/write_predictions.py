"""Stand-in for your own models: write their predictions for 599 digits as files.

`labels.csv` holds the true classes, `svm.csv` one predicted class a row, and `forest-0.npz` to
`forest-2.npz` the class probabilities of three seeds.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

HERE = Path(__file__).parent

images, labels = load_digits(return_X_y=True)
ids = np.arange(len(labels))
train, test = train_test_split(ids, test_size=599, random_state=0, stratify=labels)

pd.DataFrame({"id": test, "label": labels[test]}).to_csv(HERE / "labels.csv", index=False)

svm = SVC().fit(images[train], labels[train])
table = pd.DataFrame({"id": test, "prediction": svm.predict(images[test])})
table.sample(frac=1, random_state=0).to_csv(HERE / "svm.csv", index=False)

for seed in range(3):
    forest = RandomForestClassifier(random_state=seed).fit(images[train], labels[train])
    probabilities = forest.predict_proba(images[test])
    np.savez(HERE / f"forest-{seed}.npz", id=test, probabilities=probabilities)
