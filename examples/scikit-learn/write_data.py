"""Write cancer.csv: 569 biopsies with 30 features, from the copy inside scikit-learn."""

from pathlib import Path

from sklearn.datasets import load_breast_cancer

data = load_breast_cancer(as_frame=True)
table = data.frame.assign(diagnosis=data.target_names[data.target]).drop(columns="target")
table.to_csv(Path(__file__).with_name("cancer.csv"), index=False)
