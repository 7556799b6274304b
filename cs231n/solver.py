"""Training: batches, updates, the accuracy after every epoch; interrupted, it can go on."""

import math
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import guards, layers, optim
from .guards import Model, labels, whole
from .support.session import progress_bar, say
from .training import checkpoint, checks, state
from .training.checkpoint import checkpoint_path
from .training.checks import DivergenceError, check_data, number

__all__ = ["DivergenceError", "Model", "Solver"]


class Solver:
    """Trains a model on a data set.

    The model needs a dictionary ``params`` of arrays and a method ``loss(X, y)`` that returns
    ``(loss, grads)`` with y and scores without; if it has a list ``bn_params``, the running statistics in it
    are kept and restored together with the best parameters.

    Histories, filled by `train`, always for whole epochs:
        loss_history: the training loss of every step's batch;
        train_acc_history, val_acc_history: accuracy in test mode before training (entry 0) and after
            each epoch (entries 1, 2, ...);
        train_loss_history: mean cross-entropy in test mode, on the same examples as train_acc_history.

    Also of use: ``epoch``, how many are done; ``best_val_acc``, ``best_params``; ``interrupted``, whether the last
    `train` was; ``optim_configs``, each parameter's settings and memory (change a learning rate there).

    You may replace ``model.params["W1"]`` at any time. An array of another dtype is converted to the parameter's own
    before the next step, so the network goes on computing in float32 (or what it was made for). A seed in the model's
    ``dropout_param``, which repeats one mask for gradient checks, is removed.

    >>> from cs231n.classifiers.fc_net import FullyConnectedNet
    >>> data = {"X_train": np.eye(4), "y_train": np.arange(4), "X_val": np.eye(4), "y_val": np.arange(4)}
    >>> model = FullyConnectedNet([8], input_dim=4, num_classes=4, weight_scale="he", seed=0)
    >>> solver = Solver(model, data, num_epochs=60, batch_size=4, optim_config={"learning_rate": 0.5},
    ...                 verbose=False)
    >>> solver.train()
    >>> solver.val_acc_history[-1]
    1.0
    """

    def __init__(
        self, model: Model, data: dict[str, Any], *, update_rule: str = "sgd",
        optim_config: dict[str, Any] | None = None, lr_decay: float = 1.0, batch_size: int = 100,
        num_epochs: int = 10, num_train_samples: int | None = 1000, num_val_samples: int | None = None,
        checkpoint_name: str | os.PathLike | None = None, print_every: int | None = 10, verbose: bool = True,
        progress: bool | None = None, seed: int | None = 0,
    ):  # fmt: skip
        """
        Arguments:
            model: see above.
            data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``; N examples come first, labels are
                integers in 0..C-1, shape (N,).
            update_rule: the name of a rule in `optim`.
            optim_config: that rule's settings, such as ``{"learning_rate": 1e-3}``.
            lr_decay: the learning rate is multiplied by this after every epoch.
            batch_size: examples per step. Each epoch goes through a fresh permutation of the training set;
                what is left over when it does not divide evenly is left out of that epoch.
            num_epochs: how many epochs to train.
            num_train_samples, num_val_samples: how many examples (the first ones) to measure accuracy on;
                None for all.
            checkpoint_name: save everything to ``{checkpoint_name}.npz`` after every epoch: parameters, running
                statistics, the optimizer's memory, histories, the best parameters. `training.checkpoint.load` reads
                the file. It is replaced each time in one piece, also one of an earlier run (CS231n's Solver writes a
                pickle per epoch). None saves nothing.
            print_every: print the batch's loss every so many steps; None for never.
            verbose: print accuracies after every epoch, and what ``print_every`` asks for; False prints nothing.
            progress: show a progress bar; None shows it only to a person.
            seed: of the generator that draws the batches. Two solvers with one seed see the same batches; None
                draws others every time.

        Raises:
            ValueError: for data, labels or settings that can not be right; the message says what was given and what
                is wanted. Labels >= C are found when `train` begins.
            TypeError: for an unknown argument, data that are no numbers, a model without ``params`` and ``loss``.
        """
        checks.check_model(model)
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = check_data(data)
        self.update_rule, self.optim_config = update_rule, checks.check_rule(update_rule, optim_config)
        self.lr_decay = number("lr_decay", lr_decay)
        self.batch_size = whole("batch_size", batch_size, 1)
        self.num_epochs = whole("num_epochs", num_epochs, 0)
        self.num_train_samples = whole("num_train_samples", num_train_samples, 1, none="for all")
        self.num_val_samples = whole("num_val_samples", num_val_samples, 1, none="for all")
        self.checkpoint_name = checkpoint_name
        if checkpoint_name is not None and not (folder := checkpoint_path(checkpoint_name).parent).is_dir():
            raise ValueError(f"checkpoint_name is {str(checkpoint_name)!r}, but there is no folder {str(folder)!r}")
        self.print_every = whole("print_every", print_every, 1, none="for never")
        self.verbose, self.progress = verbose, progress
        self.seed = whole("seed", seed, 0, none="for a new one every time")
        self.rng = np.random.default_rng(self.seed)
        self.epoch, self.interrupted = 0, False
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self.loss_history: list[float] = []
        self.train_loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self.best_params: dict[str, NDArray] = {}
        self.best_statistics: list[dict[str, NDArray]] = []
        self._kinds = {name: (w.shape, w.dtype) for name, w in model.params.items()}
        self._trained = 0  # the epochs of all calls of train() that came to their end
        self._state: dict[str, Any] | None = None  # after the last whole epoch: where training goes on

    def train(self) -> None:
        """Train for ``num_epochs``, then give the model the parameters and running statistics of the epoch
        with the best validation accuracy (the first of equals). Prints and shows progress as configured.

        *A second call* trains for another ``num_epochs``. It goes on from the last parameters, not from the best, so
        5 + 5 epochs are the same as 10. Only where ``model.params`` were changed in between does it train these.

        *Interrupted* (Ctrl-C, or "interrupt the kernel" in a notebook), it prints one line and returns: the model has
        the best parameters so far, the histories end with the last whole epoch, ``interrupted`` is True for the code
        that follows. Another call does the rest, as if nothing had happened, beginning with the epoch that was cut off.

        *Any error* in the middle, such as divergence, leaves model and histories in just that state as well.

        Raises:
            DivergenceError: the loss is NaN or infinite.
            ValueError: for labels that the model has no score for; for gradients or parameters of a wrong shape.
            OSError: where the checkpoint can not be written.
        """
        self.interrupted = False
        if self._state is not None and state.same_params(self.model.params, self.best_params):
            state.restore_model(self.model, self._state)  # it still was as train() left it
        self._state = state.capture(self)
        quiet = {kind: "ignore" for kind, action in np.geterr().items() if action == "warn"}
        try:
            with np.errstate(**quiet):  # type: ignore[arg-type]  # overflow ends in one error, not in many warnings
                self._train_epochs()
            self._trained = max(self.epoch, self._goal)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            state.restore(self, self._state)
            state.put_into_model(self.model, self.best_params, self.best_statistics)
        if self.interrupted:
            say(f"(epoch {self.epoch} / {self._goal}) interrupted: the model has {self._best()}")

    def check_accuracy(
        self, X: ArrayLike, y: ArrayLike, num_samples: int | None = None, batch_size: int = 1000
    ) -> float:
        """Accuracy in test mode.

        Arguments:
            X, y: examples and labels, N of each.
            num_samples: measure on the first so many; None for all.
            batch_size: examples per forward pass; it bounds memory, not the result.

        Returns:
            The fraction in 0..1 of examples whose highest score is the true class.

        Raises:
            ValueError: for no examples; labels that are not N integers in 0..C-1; numbers not whole or below 1.
        """
        return self._evaluate(X, y, num_samples, batch_size)[1]

    def _evaluate(self, X: Any, y: Any, num_samples: int | None = None, batch_size: int = 1000) -> tuple[float, float]:
        """Mean cross-entropy and accuracy in test mode."""
        num_samples = whole("num_samples", num_samples, 1, none="for all")
        X, y = np.asarray(X)[:num_samples], np.asarray(y)[:num_samples]
        scores = self._scores(X, whole("batch_size", batch_size, 1))
        labels(y, len(X), scores.shape[1])
        loss, _ = layers.softmax_loss(scores, y)
        return float(loss), float(np.mean(np.argmax(scores, axis=1) == y))

    def _scores(self, X: NDArray, batch_size: int = 1000) -> NDArray:
        """The model's scores in test mode, shape (N, C), computed in batches."""
        if len(X) == 0:
            raise ValueError("X has 0 examples; at least one is needed")
        parts = [self.model.loss(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        if any(np.ndim(part) != 2 for part in parts):
            what = f"shape {np.shape(parts[0])}" if isinstance(parts[0], np.ndarray) else type(parts[0]).__name__
            raise ValueError(f"model.loss(X) without labels returned {what}; it must return scores, shape (N, C)")
        return np.concatenate(parts)

    @property
    def _steps(self) -> int:
        """The steps of one epoch."""
        return max(len(self.X_train) // self.batch_size, 1)

    @property
    def _goal(self) -> int:
        """The epoch at which this call of train() ends."""
        return self._trained + self.num_epochs

    def _train_epochs(self) -> None:
        """Train up to the goal; after every epoch keep the state, and save it."""
        check_data({name: getattr(self, name) for name in checks.PARTS})  # again: they may have been written to
        state.adopt_params(self.model, self._kinds)
        state.draw_fresh_masks(self.model)
        num_classes = self._scores(self.X_train[:1]).shape[1]
        labels(self.y_train, len(self.X_train), num_classes, "y_train")
        labels(self.y_val, len(self.X_val), num_classes, "y_val")
        if not self.val_acc_history:
            self._measure()
            self._state = state.capture(self)
        if self.verbose and self.epoch >= self._goal > 0:
            say(f"(epoch {self.epoch} / {self._goal}) nothing left to train")
        with progress_bar(max(self._goal - self.epoch, 0) * self._steps, "training", self.progress) as bar:
            while self.epoch < self._goal:
                order = self.rng.permutation(len(self.X_train))
                for step in range(self._steps):
                    self._step(order[step * self.batch_size : (step + 1) * self.batch_size], step + 1)
                    bar.update()
                    self._print_loss()
                self.epoch += 1
                for config in self.optim_configs.values():
                    if "learning_rate" in config:
                        config["learning_rate"] *= self.lr_decay
                self._measure()
                self._state = state.capture(self)
                if self.checkpoint_name is not None:
                    checkpoint.save(checkpoint_path(self.checkpoint_name), self._state)

    def _step(self, batch: NDArray, step: int) -> None:
        """One update of every parameter on the examples with these indices; ``step`` counts from 1 in an epoch."""
        state.adopt_params(self.model, self._kinds)
        loss, grads = self.model.loss(self.X_train[batch], self.y_train[batch])
        self.loss_history.append(float(loss))
        if not math.isfinite(loss):
            self._stop_diverged(f"at step {step} of epoch {self.epoch + 1}", self.epoch + 1, step, batch)
        checks.check_gradients(grads, self._kinds)
        rule = getattr(optim, self.update_rule)  # looked up now, so that an installed answer is used
        params, configs = self.model.params, self.optim_configs
        # The rule checks its settings in the first and in the last step of an epoch, so a wrong one is never kept.
        with guards.trusted(1 < step < self._steps):
            for name, (_, dtype) in self._kinds.items():
                next_w, configs[name] = rule(params[name], grads[name], configs[name])
                params[name] = np.asarray(next_w, dtype)

    def _measure(self) -> None:
        """Record losses and accuracies; remember the parameters if they are the best so far."""
        train_loss, train_acc = self._evaluate(self.X_train, self.y_train, self.num_train_samples)
        _, val_acc = self._evaluate(self.X_val, self.y_val, self.num_val_samples)
        if not math.isfinite(train_loss):
            when = f"in test mode after epoch {self.epoch}" if self.epoch else "before the first step"
            self._stop_diverged(when, self.epoch, 0, np.arange(len(self.X_train))[: self.num_train_samples])
        self.train_loss_history.append(train_loss)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            say(f"(epoch {self.epoch} / {self._goal}) train acc: {train_acc:.3f}; val acc: {val_acc:.3f}")
        if val_acc > self.best_val_acc and math.isfinite(train_loss):
            self.best_val_acc = val_acc
            self.best_params = {name: np.array(w) for name, w in self.model.params.items()}
            self.best_statistics = state.statistics(self.model)

    def _stop_diverged(self, when: str, epoch: int, step: int, batch: NDArray) -> None:
        """Called where a loss is NaN or infinite; a subclass may want to go on."""
        raise DivergenceError(f"{checks.diverged(self, when, batch)} The model has {self._best()}.", epoch, step)

    def _best(self) -> str:
        """Which parameters the model has after train(), in words."""
        if not self.best_params:
            return "the parameters that it began with"
        epoch = self.val_acc_history.index(self.best_val_acc)
        return f"its best parameters (epoch {epoch}, validation accuracy {self.best_val_acc:.3f})"

    def _print_loss(self) -> None:
        if self.print_every and self.verbose and len(self.loss_history) % self.print_every == 0:
            say(f"(step {len(self.loss_history)}) loss: {self.loss_history[-1]:.4f}")
