"""What several tests share: made countries, made files, and the command in a folder of its own."""
