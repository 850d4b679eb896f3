"""Train a small neural network to read the digits; log every epoch with DVCLive."""

import json
import warnings
from pathlib import Path

import joblib
import numpy as np
import yaml
from dvclive import Live
from sklearn.metrics import f1_score, log_loss
from sklearn.neural_network import MLPClassifier

from mistakes import picture

DIGITS = np.arange(10)
# It is trained epoch by epoch, so that scikit-learn never sees it converge.
warnings.filterwarnings("ignore", message="Stochastic Optimizer")

params = yaml.safe_load(Path("params.yaml").read_text())["train"]
train, test = np.load("data/train.npz"), np.load("data/test.npz")

model = MLPClassifier(
    hidden_layer_sizes=(params["hidden"],),
    learning_rate_init=params["lr"],
    batch_size=params["batch_size"],
    alpha=params["alpha"],
    random_state=params["seed"],
)

with Live(dir="results", save_dvc_exp=False, dvcyaml=None) as live:
    for epoch in range(params["epochs"]):
        model.partial_fit(train["images"], train["digits"], classes=DIGITS)
        chances = model.predict_proba(test["images"])
        accuracy = float((chances.argmax(axis=1) == test["digits"]).mean())
        live.log_metric("accuracy", accuracy)
        live.log_metric("loss", float(log_loss(test["digits"], chances, labels=DIGITS)))
        live.log_metric("train_loss", float(model.loss_))
        print(f"epoch {epoch + 1:2} of {params['epochs']}: accuracy {accuracy:.4f}", flush=True)
        live.next_step()

    predicted = model.predict(test["images"])
    live.log_sklearn_plot("confusion_matrix", test["digits"], predicted, name="confusion")
    live.log_image("mistakes.png", picture(test["images"], test["digits"], predicted))

scores = f1_score(test["digits"], predicted, average=None, labels=DIGITS, zero_division=0)
evaluation = {"f1": {"mean": float(scores.mean()), "worst_digit": float(scores.min())}}
Path("evaluation.json").write_text(json.dumps(evaluation, indent=2) + "\n")
joblib.dump(model, "model.joblib")
