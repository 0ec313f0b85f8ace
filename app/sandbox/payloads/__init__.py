"""State in the shapes of GitHub's JSON; nothing here changes anything."""
