"""What every part stands on: errors, progress, settings, files. Imports nothing of the project."""
