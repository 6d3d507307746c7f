"""Every pylsl line of the project: discovery, inlet, outlets."""
