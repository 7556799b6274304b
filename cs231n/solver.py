"""Training: batches, updates, and the accuracy after every epoch."""

import numpy as np

from . import layers, optim
from .session import progress_bar, say


class Solver:
    """Trains a model on a data set.

    The model needs a dictionary ``params`` of arrays and a method ``loss(X, y)`` that returns
    ``(loss, grads)`` with y and scores without; if it has a list ``bn_params``, the running statistics in it
    are kept and restored together with the best parameters.

    Histories, filled by `train`:
        loss_history: the training loss of every step's batch;
        train_acc_history, val_acc_history: accuracy in test mode before training (entry 0) and after
            each epoch (entries 1, 2, ...);
        train_loss_history: mean cross-entropy in test mode, on the same examples as train_acc_history.

    >>> from cs231n.classifiers.fc_net import FullyConnectedNet
    >>> data = {"X_train": np.eye(4), "y_train": np.arange(4), "X_val": np.eye(4), "y_val": np.arange(4)}
    >>> model = FullyConnectedNet([8], input_dim=4, num_classes=4, weight_scale="he", seed=0)
    >>> solver = Solver(model, data, num_epochs=60, batch_size=4, optim_config={"learning_rate": 0.5})
    >>> solver.train()
    >>> solver.val_acc_history[-1]
    1.0
    """

    def __init__(
        self, model, data, *, update_rule="sgd", optim_config=None, lr_decay=1.0, batch_size=100,
        num_epochs=10, num_train_samples=1000, num_val_samples=None, print_every=None, verbose=False,
        progress=None, seed=0,
    ):  # fmt: skip
        """
        Arguments:
            model: see above.
            data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``; N examples come first.
            update_rule: the name of a rule in `optim`.
            optim_config: that rule's settings, such as ``{"learning_rate": 1e-3}``.
            lr_decay: the learning rate is multiplied by this after every epoch.
            batch_size: examples per step. Each epoch goes through a fresh permutation of the training set;
                what is left over when it does not divide evenly is left out of that epoch.
            num_epochs: how many epochs to train.
            num_train_samples, num_val_samples: how many examples (the first ones) to measure accuracy on;
                None for all.
            print_every: print the batch's loss every so many steps; None for never.
            verbose: print accuracies after every epoch.
            progress: show a progress bar; None shows it only to a person.
            seed: of the generator that draws the batches. Two solvers with one seed see the same batches.

        Raises:
            ValueError: for an unknown update rule, a batch size below 1, or data whose X and y differ in length;
                also for labels that are not a plain row of numbers: (N, 1) would broadcast to N x N, silently.
        """
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        for part in ("train", "val"):
            n_x, n_y = len(data[f"X_{part}"]), len(data[f"y_{part}"])
            if n_x != n_y or n_x == 0:
                raise ValueError(f"X_{part} has {n_x} examples and y_{part} has {n_y}; need the same, > 0")
            if np.ndim(data[f"y_{part}"]) != 1:
                raise ValueError(f"y_{part} has shape {np.shape(data[f'y_{part}'])}; it must be ({n_y},)")
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size!r}; it must be at least 1")
        if update_rule not in ("sgd", "sgd_momentum", "rmsprop", "adam"):
            raise ValueError(f"unknown update_rule {update_rule!r}; see cs231n/optim.py for the rules")
        self.update_rule = update_rule
        self.optim_config = {  # Python numbers, since a float64 scalar of NumPy's would promote float32 parameters
            key: value.item() if isinstance(value, np.generic) else value for key, value in (optim_config or {}).items()
        }
        self.lr_decay, self.batch_size, self.num_epochs = float(lr_decay), batch_size, num_epochs
        self.num_train_samples, self.num_val_samples = num_train_samples, num_val_samples
        self.print_every, self.verbose, self.progress = print_every, verbose, progress
        self.rng = np.random.default_rng(seed)

        self.epoch = 0
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self.loss_history, self.train_loss_history = [], []
        self.train_acc_history, self.val_acc_history = [], []
        self.best_val_acc, self.best_params, self.best_statistics = -1.0, {}, []

    def train(self):
        """Train for ``num_epochs``, then give the model the parameters and running statistics of the epoch
        with the best validation accuracy (the first of equals). Prints and shows progress as configured."""
        steps_per_epoch = max(len(self.X_train) // self.batch_size, 1)
        if not self.val_acc_history:
            self._measure()
        with progress_bar(self.num_epochs * steps_per_epoch, "training", self.progress) as bar:
            for _ in range(self.num_epochs):
                order = self.rng.permutation(len(self.X_train))
                for step in range(steps_per_epoch):
                    self._step(order[step * self.batch_size : (step + 1) * self.batch_size])
                    bar.update()
                    if self.print_every and len(self.loss_history) % self.print_every == 0:
                        say(f"(step {len(self.loss_history)}) loss: {self.loss_history[-1]:.4f}")
                self.epoch += 1
                for config in self.optim_configs.values():
                    if "learning_rate" in config:
                        config["learning_rate"] *= self.lr_decay
                self._measure()
        self._restore_best()

    def check_accuracy(self, X, y, num_samples=None, batch_size=1000):
        """Accuracy in test mode.

        Arguments:
            X, y: examples and labels.
            num_samples: measure on the first so many; None for all.
            batch_size: examples per forward pass; it bounds memory, not the result.

        Returns:
            The fraction in 0..1 of examples whose highest score is the true class.
        """
        return self._evaluate(X, y, num_samples, batch_size)[1]

    def _evaluate(self, X, y, num_samples=None, batch_size=1000):
        X, y = X[:num_samples], np.asarray(y)[:num_samples]
        parts = [self.model.loss(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        scores = np.concatenate(parts)
        loss, _ = layers.softmax_loss(scores, y)
        return float(loss), float(np.mean(np.argmax(scores, axis=1) == y))

    def _step(self, batch):
        """One update of every parameter on the examples with these indices."""
        loss, grads = self.model.loss(self.X_train[batch], self.y_train[batch])
        self.loss_history.append(float(loss))
        rule = getattr(optim, self.update_rule)
        for name, w in self.model.params.items():
            self.model.params[name], self.optim_configs[name] = rule(w, grads[name], self.optim_configs[name])

    def _measure(self):
        """Record losses and accuracies; remember the parameters if they are the best so far."""
        train_loss, train_acc = self._evaluate(self.X_train, self.y_train, self.num_train_samples)
        _, val_acc = self._evaluate(self.X_val, self.y_val, self.num_val_samples)
        self.train_loss_history.append(train_loss)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            say(f"(epoch {self.epoch} / {self.num_epochs}) train acc: {train_acc:.3f}; val acc: {val_acc:.3f}")
        if val_acc > self.best_val_acc:
            self.best_val_acc = val_acc
            self.best_params = {name: w.copy() for name, w in self.model.params.items()}
            self.best_statistics = [
                {key: np.copy(p[key]) for key in ("running_mean", "running_var") if key in p}
                for p in getattr(self.model, "bn_params", [])
            ]

    def _restore_best(self):
        self.model.params.update({name: w.copy() for name, w in self.best_params.items()})
        for bn_param, best in zip(getattr(self.model, "bn_params", []), self.best_statistics):
            bn_param.update({key: value.copy() for key, value in best.items()})
