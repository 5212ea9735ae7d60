"""Scripts for those who write and maintain the course; students never need them.

Each script is started by its path, from any folder: `python tools/execute.py`.
"""
