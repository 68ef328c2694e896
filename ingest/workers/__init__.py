"""Where units of work run: this process, several, or a cluster."""
