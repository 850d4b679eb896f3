"""Split the handwritten digits that ship with scikit-learn into training and test images."""

from pathlib import Path

import numpy as np
import yaml
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

params = yaml.safe_load(Path("params.yaml").read_text())["data"]
digits = load_digits()
images = digits.data / 16  # 8 × 8 pixels, 0 to 1

train_x, test_x, train_y, test_y = train_test_split(
    images, digits.target, test_size=params["test_size"], random_state=params["seed"], stratify=digits.target
)

Path("data").mkdir(exist_ok=True)
np.savez("data/train.npz", images=train_x, digits=train_y)
np.savez("data/test.npz", images=test_x, digits=test_y)
print(f"{len(train_y)} training images, {len(test_y)} test images")
