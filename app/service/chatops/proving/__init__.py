"""What is proven of a commit before it is deployed, and measured of it afterwards."""
