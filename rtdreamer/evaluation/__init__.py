"""What is judged on what: protocols, folds, methods and what came of them."""
