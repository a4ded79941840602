"""What serves mailboxes: the contract of a runtime, and the runtime on threads."""
