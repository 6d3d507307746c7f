"""Every Qt line of the project: window, views, and the bridge from the worker to the GUI thread."""
