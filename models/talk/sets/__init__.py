"""What the talk's classifiers are worth on public sets: loaders, runs of the trained models, baselines, figures."""
