"""What the App needs of GitHub, how it is registered, and what is wrong with an installation."""
