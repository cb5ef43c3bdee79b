"""What kiosks and wearables share: a durable mailbox and the session with the hub."""
