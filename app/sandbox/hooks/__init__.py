"""Webhooks: who receives which event, signing, ordered delivery, redelivery and faults."""
