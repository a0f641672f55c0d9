"""Hyperparameter tuning jobs of the embedded SageMaker: which hyperparameters to try, and the training jobs that do."""
