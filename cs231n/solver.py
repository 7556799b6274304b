"""Training: `Solver` draws batches, updates the parameters, and measures the accuracy after every epoch."""

import math
import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import guards, layers, optim
from .guards import Model, as_whole_number, check_labels
from .support.randomness import make_generator
from .support.session import progress_bar, say
from .training import checkpoint, checks, state
from .training.checkpoint import checkpoint_path
from .training.checks import DivergenceError, as_rate, check_data

__all__ = ["DivergenceError", "Model", "Solver"]


class Solver:
    """Trains a model on a data set.

    The model needs a dictionary ``params`` of arrays and a method ``loss(X, y)``. With y it returns
    ``(loss, grads)``, without y it returns scores. If the model has a list ``bn_params``, the Solver keeps and
    restores its running statistics, and ``num_batches_tracked``, together with the best parameters.

    Histories. `train` extends them, by whole epochs only:
        loss_history: the training loss of each step's batch;
        train_acc_history, val_acc_history: accuracy in test mode before training (entry 0) and after
            each epoch (entries 1, 2, ...);
        train_loss_history: mean cross-entropy in test mode, on the same examples as train_acc_history.

    Other attributes:
        epoch: the number of finished epochs;
        best_val_acc, best_params: the best validation accuracy, and the parameters that reached it;
        interrupted: whether the last call of `train` was interrupted;
        optim_configs: each parameter's settings and memory. To change a learning rate, change it there.

    You may replace ``model.params["W1"]`` at any time. If the new array has another dtype, it is converted before the
    next step, so the network still computes in its own dtype. Training removes a seed from the model's
    ``dropout_param``: with a seed, every step would use the same mask.

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
    ) -> None:  # fmt: skip
        """
        Arguments:
            model: the model to train; see above.
            data: dictionary with ``X_train``, ``y_train``, ``X_val``, ``y_val``. The first axis of X counts the N
                examples. Labels are integers in 0..C-1, shape (N,).
            update_rule: the name of a rule in `optim`.
            optim_config: that rule's settings, such as ``{"learning_rate": 1e-3}``.
            lr_decay: the learning rate is multiplied by this after every epoch.
            batch_size: examples per step. Each epoch goes through a new permutation of the training set. It leaves
                out the last examples if they do not fill a batch.
            num_epochs: how many epochs to train.
            num_train_samples, num_val_samples: measure accuracy on this many examples, the first ones; None for
                all.
            checkpoint_name: after every epoch, save to ``{checkpoint_name}.npz``: parameters, running statistics, the
                optimizer's memory, histories, the best parameters. `training.checkpoint.load` reads the file. Each
                epoch replaces the file in one piece, even the file of an earlier run. (CS231n's Solver writes one
                pickle per epoch.) None saves nothing.
            print_every: print the batch's loss after every so many steps; None for never.
            verbose: print the accuracies after every epoch, and the losses that ``print_every`` asks for. False
                prints nothing.
            progress: whether to show a progress bar. None shows it only if a person is watching.
            seed: seed of the generator that draws the batches. Two solvers with the same seed see the same batches.
                None seeds it from NumPy's global generator, so that ``np.random.seed`` determines the batches.

        Raises:
            ValueError: if the data, the labels or a setting cannot be right. The message says what was given and what
                is wanted. Labels of C or more are found only when `train` begins.
            TypeError: if an argument is unknown, the data are not numbers, or the model lacks ``params`` or ``loss``.
        """
        checks.check_model(model)
        self.model = model
        self.X_train, self.y_train, self.X_val, self.y_val = check_data(data)
        self.update_rule, self.optim_config = update_rule, checks.check_rule(update_rule, optim_config)
        self.lr_decay = as_rate("lr_decay", lr_decay)
        self.batch_size = as_whole_number("batch_size", batch_size, 1)
        self.num_epochs = as_whole_number("num_epochs", num_epochs, 0)
        self.num_train_samples = as_whole_number("num_train_samples", num_train_samples, 1, none="for all")
        self.num_val_samples = as_whole_number("num_val_samples", num_val_samples, 1, none="for all")
        self.checkpoint_name = checkpoint_name
        if checkpoint_name is not None:
            checkpoint.check_name(checkpoint_name)
        self.print_every = as_whole_number("print_every", print_every, 1, none="for never")
        self.verbose, self.progress = verbose, progress
        self.seed = as_whole_number("seed", seed, 0, none="for a new one every time")
        self.rng = make_generator(self.seed)
        self.epoch, self.interrupted = 0, False
        self.optim_configs = {name: dict(self.optim_config) for name in model.params}
        self.loss_history: list[float] = []
        self.train_loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.best_val_acc = -1.0
        self.best_params: dict[str, NDArray] = {}
        self.best_statistics: list[dict[str, NDArray]] = []
        self.best_num_batches_tracked: int | None = None
        self._specs = {name: state.spec_of(w) for name, w in model.params.items()}
        self._finished_epochs = 0  # the epochs of all finished calls of train() together
        self._state: dict[str, Any] | None = None  # after the last whole epoch; training continues there

    def train(self) -> None:
        """Train for ``num_epochs``. At the end the model has the parameters and running statistics of its best epoch.

        The best epoch is the first one with the highest validation accuracy.

        *A second call* trains for another ``num_epochs``. It continues from the last parameters, not from the best,
        so 5 + 5 epochs give the same as 10. But if you changed ``model.params`` in between, it trains yours.

        *An interruption* (Ctrl-C, or "interrupt the kernel" in a notebook) prints one line and ends this call. Then
        the model has the best parameters so far, the histories end with the last whole epoch, and ``interrupted`` is
        True. Another call repeats the epoch that was cut off and does the rest. The result is the same as without the
        interruption.

        *An error*, such as divergence, leaves the model and the histories in the same state as an interruption.

        Raises:
            DivergenceError: if the loss is NaN or infinite.
            ValueError: if the model has no score for a label, or a gradient or parameter has a wrong shape.
            OSError: if the checkpoint cannot be written.
        """
        self.interrupted = False
        if self._state is not None and state.are_params_equal(self.model.params, self.best_params):
            state.restore_model(self.model, self._state)  # nobody has changed it since the last call
        self._state = state.capture(self)
        quiet = {kind: "ignore" for kind, action in np.geterr().items() if action == "warn"}
        try:
            with np.errstate(**quiet):  # type: ignore[arg-type]  # one DivergenceError, not many overflow warnings
                self._train_epochs()
            self._finished_epochs = max(self.epoch, self._last_epoch)
        except KeyboardInterrupt:
            self.interrupted = True
        finally:
            state.restore(self, self._state)
            state.restore_best(self.model, self._state)
        if self.interrupted:
            say(f"(epoch {self.epoch} / {self._last_epoch}) interrupted: the model has {self._describe_best()}")

    def check_accuracy(
        self, X: ArrayLike, y: ArrayLike, num_samples: int | None = None, batch_size: int = 1000
    ) -> float:
        """Accuracy in test mode.

        Arguments:
            X, y: N examples and their N labels.
            num_samples: measure on this many examples, the first ones; None for all.
            batch_size: examples per forward pass. It limits the memory and does not change the result.

        Returns:
            The fraction of examples, in 0..1, whose true class has the highest score.

        Raises:
            ValueError: if there are no examples, the labels are not N integers in 0..C-1, or ``num_samples`` or
                ``batch_size`` is not an integer of at least 1.
        """
        return self._evaluate(X, y, num_samples, batch_size)[1]

    def _evaluate(self, X: Any, y: Any, num_samples: int | None = None, batch_size: int = 1000) -> tuple[float, float]:
        """Compute the mean cross-entropy and the accuracy in test mode."""
        num_samples = as_whole_number("num_samples", num_samples, 1, none="for all")
        X, y = np.asarray(X)[:num_samples], np.asarray(y)[:num_samples]
        scores = self._compute_scores(X, as_whole_number("batch_size", batch_size, 1))
        check_labels(y, len(X), scores.shape[1])
        loss, _ = layers.softmax_loss(scores, y)
        return float(loss), float(np.mean(np.argmax(scores, axis=1) == y))

    def _compute_scores(self, X: NDArray, batch_size: int = 1000) -> NDArray:
        """Compute the model's scores in test mode, shape (N, C), batch by batch."""
        if len(X) == 0:
            raise ValueError("X has 0 examples; at least one is needed")
        parts = [self.model.loss(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        if any(np.ndim(part) != 2 for part in parts):
            what = f"shape {np.shape(parts[0])}" if isinstance(parts[0], np.ndarray) else type(parts[0]).__name__
            raise ValueError(f"model.loss(X) without labels returned {what}; it must return scores, shape (N, C)")
        return np.concatenate(parts)

    @property
    def _steps_per_epoch(self) -> int:
        """The number of steps in one epoch."""
        return max(len(self.X_train) // self.batch_size, 1)

    @property
    def _last_epoch(self) -> int:
        """The epoch after which this call of train() ends."""
        return self._finished_epochs + self.num_epochs

    def _train_epochs(self) -> None:
        """Train up to the last epoch of this call. Keep the state after each epoch, and save it to the checkpoint."""
        check_data({name: getattr(self, name) for name in checks.DATA_KEYS})  # again, since the data may have changed
        state.adopt_params(self.model, self._specs)
        state.remove_dropout_seed(self.model)
        num_classes = self._compute_scores(self.X_train[:1]).shape[1]
        check_labels(self.y_train, len(self.X_train), num_classes, "y_train")
        check_labels(self.y_val, len(self.X_val), num_classes, "y_val")
        if not self.val_acc_history:
            self._measure_epoch()
            self._state = state.capture(self)
        if self.verbose and self.epoch >= self._last_epoch > 0:
            say(f"(epoch {self.epoch} / {self._last_epoch}) nothing left to train")
        num_steps = max(self._last_epoch - self.epoch, 0) * self._steps_per_epoch
        with progress_bar(num_steps, "training", self.progress) as bar:
            while self.epoch < self._last_epoch:
                order = self.rng.permutation(len(self.X_train))
                for step in range(self._steps_per_epoch):
                    self._train_step(order[step * self.batch_size : (step + 1) * self.batch_size], step + 1)
                    bar.update()
                    self._print_loss()
                self.epoch += 1
                self._decay_learning_rates()
                self._measure_epoch()
                self._state = state.capture(self)
                if self.checkpoint_name is not None:
                    checkpoint.save(checkpoint_path(self.checkpoint_name), self._state)

    def _decay_learning_rates(self) -> None:
        """Multiply every learning rate by ``lr_decay``."""
        for config in self.optim_configs.values():
            if "learning_rate" in config:
                config["learning_rate"] *= self.lr_decay

    def _train_step(self, batch: NDArray, step: int) -> None:
        """Update every parameter once, on the examples with these indices. ``step`` counts from 1 in each epoch."""
        state.adopt_params(self.model, self._specs)
        loss, grads = checks.as_loss_and_gradients(self.model.loss(self.X_train[batch], self.y_train[batch]))
        self.loss_history.append(loss)
        if not math.isfinite(loss):
            self._raise_divergence(f"at step {step} of epoch {self.epoch + 1}", self.epoch + 1, step, batch)
        checks.check_gradients(grads, self._specs)
        rule = getattr(optim, self.update_rule)  # look it up at each step: it may be an installed answer
        params, configs = self.model.params, self.optim_configs
        # The rule checks its settings in the first and the last step of an epoch: a wrong one does not outlive it.
        with guards.trusted(1 < step < self._steps_per_epoch):
            for name, (_, dtype) in self._specs.items():
                next_w, configs[name] = rule(params[name], grads[name], configs[name])
                params[name] = np.asarray(next_w, dtype)

    def _measure_epoch(self) -> None:
        """Add to the histories. Keep a copy of the parameters if they are the best so far."""
        train_loss, train_acc = self._evaluate(self.X_train, self.y_train, self.num_train_samples)
        _, val_acc = self._evaluate(self.X_val, self.y_val, self.num_val_samples)
        if not math.isfinite(train_loss):
            when = f"in test mode after epoch {self.epoch}" if self.epoch else "before the first step"
            self._raise_divergence(when, self.epoch, 0, np.arange(len(self.X_train))[: self.num_train_samples])
        self.train_loss_history.append(train_loss)
        self.train_acc_history.append(train_acc)
        self.val_acc_history.append(val_acc)
        if self.verbose:
            say(f"(epoch {self.epoch} / {self._last_epoch}) train acc: {train_acc:.3f}; val acc: {val_acc:.3f}")
        if val_acc > self.best_val_acc and math.isfinite(train_loss):
            self.best_val_acc = val_acc
            self.best_params = {name: np.array(w) for name, w in self.model.params.items()}
            self.best_statistics = state.copy_statistics(self.model)
            self.best_num_batches_tracked = state.count_batches(self.model)

    def _raise_divergence(self, when: str, epoch: int, step: int, batch: NDArray) -> None:
        """Raise the error for a loss that is NaN or infinite. A subclass may override this, to continue training."""
        message = f"{checks.describe_divergence(self, when, batch)} The model has {self._describe_best()}."
        raise DivergenceError(message, epoch, step)

    def _describe_best(self) -> str:
        """Say in words which parameters the model has after train()."""
        if not self.best_params:
            return "the parameters that it began with"
        epoch = self.val_acc_history.index(self.best_val_acc)
        return f"its best parameters (epoch {epoch}, validation accuracy {self.best_val_acc:.3f})"

    def _print_loss(self) -> None:
        """Print the last loss if ``print_every`` asks for it now."""
        if self.print_every and self.verbose and len(self.loss_history) % self.print_every == 0:
            say(f"(step {len(self.loss_history)}) loss: {self.loss_history[-1]:.4f}")
