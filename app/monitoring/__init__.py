"""Numbers of monitoring systems behind the port; what is odd about an answer is said."""
